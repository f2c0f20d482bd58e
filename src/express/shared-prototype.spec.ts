import { IncomingMessage } from 'node:http';
import { sharedPrototypeOf } from './shared-prototype.js';

/** Express' own, from which the requests of every application come. */
const EXPRESS = Object.create(IncomingMessage.prototype) as object;
const inheriting = (prototype: object): object => Object.create(prototype) as object;

const shared = (request: object) => sharedPrototypeOf(request, IncomingMessage.prototype);

describe('the prototype that requests share', () => {
  it('is Express’ own, whichever application has them', () => {
    const application = inheriting(EXPRESS);
    const mounted = inheriting(application);

    expect(shared(inheriting(application))).toBe(EXPRESS);
    expect(shared(inheriting(mounted))).toBe(EXPRESS);
  });

  it('is nobody’s where no Express application has seen the request', () => {
    expect(shared(inheriting(IncomingMessage.prototype))).toBeUndefined();
    expect(shared({})).toBeUndefined();
  });
});

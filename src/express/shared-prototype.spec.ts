import { IncomingMessage } from 'node:http';
import { sharedPrototypeOf } from './shared-prototype.js';

/** Express' own, from which the requests of every application come. */
const EXPRESS = Object.create(IncomingMessage.prototype) as object;
const inheriting = (prototype: object): object => Object.create(prototype) as object;

const shared = (request: object) => sharedPrototypeOf(request, IncomingMessage.prototype);

describe('the prototype that requests share', () => {
  it('is their application’s, and no other application’s', () => {
    const [one, another] = [inheriting(EXPRESS), inheriting(EXPRESS)];

    expect(shared(inheriting(one))).toBe(one);
    expect(shared(inheriting(another))).toBe(another);
  });

  it('is that of the application around them where theirs is mounted', () => {
    const outer = inheriting(EXPRESS);

    expect(shared(inheriting(inheriting(outer)))).toBe(outer);
  });

  it('is nobody’s where no Express application has seen the request', () => {
    expect(shared(inheriting(IncomingMessage.prototype))).toBeUndefined();
    expect(shared({})).toBeUndefined();
  });
});

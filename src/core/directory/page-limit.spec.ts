import { SessionInputInvalidError } from '../errors.js';
import { requirePageLimit } from './page-limit.js';

describe('the limit of a page', () => {
  it.each([1, 50, 200])('may be %d', (limit) => {
    expect(() => requirePageLimit(limit)).not.toThrow();
  });

  it.each([0, 201, -1, 1.5, Number.NaN, Infinity])('may not be %d', (limit) => {
    expect(() => requirePageLimit(limit)).toThrow(SessionInputInvalidError);
    expect(() => requirePageLimit(limit)).toThrow('"limit" must be a whole number from 1 to 200');
  });
});

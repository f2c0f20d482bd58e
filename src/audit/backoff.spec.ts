import { backoffMs } from './backoff.js';

describe('the pause after failures', () => {
  it.each([
    [1, 125, 250],
    [2, 250, 500],
    [4, 1_000, 2_000],
    [7, 5_000, 10_000],
    [1_000, 5_000, 10_000],
  ])('after %i is from %i to %i milliseconds', (failures, least, most) => {
    expect(backoffMs(failures, () => 0)).toBe(least);
    expect(backoffMs(failures, () => 1)).toBe(most);
  });
});

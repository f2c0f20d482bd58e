import { FakeClock } from './fake-clock.js';

describe('FakeClock', () => {
  it('stands still until it is told otherwise', () => {
    const clock = new FakeClock(1_000);

    expect([clock.now(), clock.now()]).toEqual([1_000, 1_000]);
  });

  it('starts at the present', () => {
    const before = Date.now();

    const clock = new FakeClock();

    expect(clock.now()).toBeGreaterThanOrEqual(before);
    expect(clock.now()).toBeLessThanOrEqual(Date.now());
  });

  it('advances by durations and is set to instants', () => {
    const clock = new FakeClock(0);

    clock.advance('90s');
    const advanced = clock.now();
    clock.set(5);

    expect([advanced, clock.now()]).toEqual([90_000, 5]);
  });

  it.each([-1, 1.5, Number.NaN])('refuses to advance by %d', (duration) => {
    expect(() => new FakeClock().advance(duration)).toThrow(RangeError);
  });
});

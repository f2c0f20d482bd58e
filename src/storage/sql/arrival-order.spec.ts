import { ArrivalOrder } from './arrival-order.js';

describe('ArrivalOrder', () => {
  it('gives each place but one, later than the one before', () => {
    const order = new ArrivalOrder();

    const places = Array.from({ length: 10_000 }, () => order.next());

    expect(places.every((place, index) => index === 0 || place > places[index - 1]!)).toBe(true);
  });

  it('gives whole microseconds of the present', () => {
    const before = Date.now();

    const place = new ArrivalOrder().next();

    expect(Number.isSafeInteger(place)).toBe(true);
    expect(Math.abs(place / 1_000 - before)).toBeLessThan(1_000);
  });
});

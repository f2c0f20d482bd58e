import { jest } from '@jest/globals';
import { Places, requirePlaceOf, type PlaceOf } from './places.js';

const VIENNA = '192.0.2.1';
const NOWHERE = '192.0.2.2';

const placesBy = (placeOf: PlaceOf, errors: unknown[] = []): Places =>
  new Places(placeOf, (error) => errors.push(error));

describe('the places of addresses', () => {
  it('are as the application tells, at once or later', async () => {
    const now = placesBy((address) => (address === VIENNA ? 'Vienna' : undefined));
    const later = placesBy(async (address) => (address === VIENNA ? 'Vienna' : undefined));

    for (const sut of [now, later])
      expect(await sut.of([VIENNA, NOWHERE])).toEqual(new Map([[VIENNA, 'Vienna']]));
  });

  it('are asked for once for each address', async () => {
    const asked: string[] = [];
    const sut = placesBy((address) => {
      asked.push(address);
      return undefined;
    });

    await sut.of([VIENNA, VIENNA, NOWHERE]);
    await sut.of([VIENNA]);

    expect(asked).toEqual([VIENNA, NOWHERE]);
  });

  it('are none where the application fails, which is reported, and asked for again', async () => {
    const errors: unknown[] = [];
    let isAway = true;
    const sut = placesBy(() => {
      if (isAway) throw new Error('away');
      return 'Vienna';
    }, errors);

    expect(await sut.of([VIENNA])).toEqual(new Map());
    isAway = false;

    expect(errors).toEqual([new Error('away')]);
    expect(await sut.of([VIENNA])).toEqual(new Map([[VIENNA, 'Vienna']]));
  });

  it('are waited for half a second, and come with what is asked for after they are known', async () => {
    jest.useFakeTimers();
    let tell: (place: string) => void = () => undefined;
    const sut = placesBy((address) =>
      address === VIENNA ? new Promise<string>((resolve) => (tell = resolve)) : 'Graz',
    );

    const early = sut.of([VIENNA, NOWHERE]);
    await jest.advanceTimersByTimeAsync(500);
    tell('Vienna');
    jest.useRealTimers();

    expect(await early).toEqual(new Map([[NOWHERE, 'Graz']]));
    expect(await sut.of([VIENNA])).toEqual(new Map([[VIENNA, 'Vienna']]));
  });

  it.each([
    ['control characters', 'Vi\0enna', 'Vi\uFFFDenna'],
    ['more than a hundred characters', 'V'.repeat(101), 'V'.repeat(100)],
  ])('are without %s', async (_, told, shown) => {
    expect(await placesBy(() => told).of([VIENNA])).toEqual(new Map([[VIENNA, shown]]));
  });

  it.each([
    ['nothing', ''],
    ['a number', 7 as unknown as string],
  ])('are none where %s is told', async (_, told) => {
    expect(await placesBy(() => told).of([VIENNA])).toEqual(new Map());
  });

  it('are asked of nothing but a function', () => {
    expect(() => requirePlaceOf('Vienna' as unknown as PlaceOf)).toThrow('placeOf');
  });
});

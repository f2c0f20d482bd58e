import fc from 'fast-check';
import { ScoredSet, type Scored } from './scored-set.js';

const member = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', '__proto__');
const score = fc.integer({ min: 0, max: 4 });
const step = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), member, score }),
  fc.record({ kind: fc.constant('delete' as const), member, score }),
  fc.record({ kind: fc.constant('rescore' as const), member, score }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const inOrder = (left: Scored, right: Scored): number =>
  left.score - right.score || (left.member < right.member ? -1 : 1);

/** The same steps on a plain map, sorted when asked. */
function apply(steps: readonly Step[]): { set: ScoredSet; sorted: readonly Scored[] } {
  const set = new ScoredSet();
  const model = new Map<string, number>();
  for (const { kind, ...place } of steps) {
    if (kind === 'set') {
      set.set(place.member, place.score);
      model.set(place.member, place.score);
    } else if (kind === 'delete') {
      set.delete(place.member);
      model.delete(place.member);
    } else {
      set.rescore(place.score);
      for (const key of model.keys()) model.set(key, place.score);
    }
  }
  const places = [...model].map(([key, value]) => ({ member: key, score: value }));
  return { set, sorted: places.sort(inOrder) };
}

describe('ScoredSet', () => {
  it('keeps members in the order of score and then name, whatever was done to it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { set, sorted } = apply(steps);

        expect([...set.after()]).toEqual(sorted);
        expect([...set.before()]).toEqual([...sorted].reverse());
        expect(set.first()).toEqual(sorted[0]);
        expect(set.size).toBe(sorted.length);
      }),
    );
  });

  it('goes on from any place, be it taken or not', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), member, score, (steps, from, at) => {
        const { set, sorted } = apply(steps);
        const place = { member: from, score: at };

        expect([...set.after(place)]).toEqual(
          sorted.filter((other) => inOrder(place, other) < 0 && !isAt(place, other)),
        );
        expect([...set.before(place)]).toEqual(
          sorted.filter((other) => inOrder(other, place) < 0 && !isAt(place, other)).reverse(),
        );
      }),
    );
  });
});

const isAt = (left: Scored, right: Scored): boolean =>
  left.member === right.member && left.score === right.score;

import fc from 'fast-check';
import type { World } from './world.js';

/** What a domain tries, and what has to hold of each try. */
export interface Trial {
  /** Rejects, or throws, where a promise is broken; the error says which. */
  check(parameters: fc.Parameters<unknown>): Promise<fc.RunDetails<unknown>>;
  /** What can only be judged when all cases are over, such as the keys left in Redis. */
  conclude?(): Promise<void>;
  close?(): Promise<void>;
}

/** One kind of hostile input. */
export interface Domain {
  readonly name: string;
  /** Its part of the cases, against those of the other domains. */
  readonly weight: number;
  open(world: World): Promise<Trial>;
}

/** A promise of the module that does not hold. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** @throws Violation */
export function requireThat(holds: boolean, promise: string): asserts holds {
  if (!holds) throw new Violation(promise);
}

/** Tries `property` on as many inputs as the parameters say. */
export const checking =
  <Input>(inputs: fc.Arbitrary<Input>, property: (input: Input) => Promise<void> | void) =>
  (parameters: fc.Parameters<unknown>): Promise<fc.RunDetails<unknown>> =>
    fc.check(
      fc.asyncProperty(inputs, async (input) => property(input)),
      parameters as fc.Parameters<[Input]>,
    ) as Promise<fc.RunDetails<unknown>>;

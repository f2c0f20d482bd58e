import type { SessionOptionsInput } from '../../src/core/policy/session-options.js';
import type { Arena } from './arena.js';
import type { Random } from '../support/random.js';

/** A promise, and how it is put to the test. */
export interface Scenario {
  /** Kebab-case. */
  readonly name: string;
  /** In a sentence. */
  readonly promise: string;
  /** What every node is set to. */
  readonly options: SessionOptionsInput;
  /** How many interleavings. */
  readonly runs: { readonly quick: number; readonly long: number };
  /** One interleaving, on nodes that others may have used before. */
  run(arena: Arena, random: Random): Promise<void>;
}

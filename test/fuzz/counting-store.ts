import type { SessionStore } from '../../src/core/session-store.js';
import { withInstead } from '../support/stores.js';
import { noteHash } from './secrets.js';

/** What requests ask of a store; sweep and relay work besides, whoever asks. */
const COUNTED = [
  'create',
  'find',
  'findMany',
  'save',
  'touch',
  'rotate',
  'confirm',
  'revoke',
  'revokeAll',
  'list',
  'listCreated',
  'block',
  'revokeEverything',
  'append',
] as const satisfies readonly (keyof SessionStore)[];
export type CountedCall = (typeof COUNTED)[number];

/** Passes everything on, and notes what it was. */
export class CountingStore {
  readonly store: SessionStore;
  private asked: CountedCall[] = [];

  constructor(readonly inner: SessionStore) {
    const counted = COUNTED.map((name) => [name, this.count(name)] as const);
    this.store = withInstead(inner, Object.fromEntries(counted));
  }

  /** What was asked since the last time this was called, oldest first. */
  takeCalls(): readonly CountedCall[] {
    const { asked } = this;
    this.asked = [];
    return asked;
  }

  private count(name: CountedCall): (...args: unknown[]) => unknown {
    return (...args) => {
      this.asked.push(name);
      for (const hash of hashesIn(args[0])) noteHash(hash);
      return Reflect.apply(this.inner[name], this.inner, args) as unknown;
    };
  }
}

/** Of the token that a session is created with or rotated to. */
function hashesIn(request: unknown): readonly string[] {
  if (typeof request !== 'object' || request === null) return [];
  const { session, to } = request as { session?: { tokenHash: string }; to?: string };
  return [session?.tokenHash, to].filter((hash) => hash !== undefined);
}

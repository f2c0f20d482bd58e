import { SessionStoreUnavailableError } from '../../src/core/errors.js';
import type { SessionStore } from '../../src/core/session-store.js';
import { memoryStore } from '../../src/storage/memory/index.js';
import { Gate } from './session-app.js';
import { withInstead } from './stores.js';

const VERBS = [
  'create',
  'find',
  'save',
  'touch',
  'rotate',
  'confirm',
  'revoke',
  'revokeAll',
  'list',
] as const satisfies readonly (keyof SessionStore)[];
type Verb = (typeof VERBS)[number];

/** Sessions in memory, whose driver notes what it is asked and can be made to fail or to wait. */
export class WatchedStore {
  readonly store: SessionStore;
  private readonly asked: Verb[] = [];
  private readonly failing = new Set<Verb>();
  private readonly gates = new Map<Verb, Gate>();

  constructor() {
    const inner = memoryStore();
    const watched = VERBS.map((verb) => [verb, this.watch(verb, inner)] as const);
    this.store = withInstead(inner, Object.fromEntries(watched));
  }

  /** What was asked since the last time this was called, oldest first. */
  takeCalls(): readonly Verb[] {
    return this.asked.splice(0);
  }

  /** The next call fails, without effect. */
  failNext(verb: Verb): void {
    this.failing.add(verb);
  }

  /** The next call arrives at the gate, and goes on when it is opened. */
  holdNext(verb: Verb): Gate {
    const gate = new Gate();
    this.gates.set(verb, gate);
    return gate;
  }

  private watch(verb: Verb, inner: SessionStore): (...args: unknown[]) => Promise<unknown> {
    return async (...args) => {
      this.asked.push(verb);
      const gate = this.gates.get(verb);
      this.gates.delete(verb);
      await gate?.wait();
      if (this.failing.delete(verb)) throw new SessionStoreUnavailableError(verb);
      return Reflect.apply(inner[verb], inner, args) as unknown;
    };
  }
}

import { setImmediate } from 'node:timers/promises';
import type { AuditEvent } from '../../core/audit/audit-event.js';
import { shardOfSession, type SessionId } from '../../core/ids.js';
import type { SessionRecord, StoredSession } from '../../core/session-record.js';
import type {
  CreateRequest,
  NewSession,
  Operation,
  SessionStore,
  StoreSettings,
} from '../../core/session-store.js';
import { shardOfUser, type User } from '../../core/user.js';
import { anAnonymousSession, anOperation, aSession, aUser, someSettings } from '../builders.js';
import { FakeClock } from '../fake-clock.js';
import type { OpenStore, StoreUnderTest } from '../store-under-test.js';
import { afterEach, beforeEach } from '../test-runner.js';

/** A fresh store for every test of the surrounding `describe`. */
export function useStore(open: OpenStore, settings?: Partial<StoreSettings>): Bench {
  let opened: Opened | undefined;
  beforeEach(async () => {
    const clock = new FakeClock();
    const startedAt = clock.now();
    opened = { clock, startedAt, sut: await open(someSettings({ ...settings, clock })) };
  });
  afterEach(async () => {
    await opened?.sut.close();
    opened = undefined;
  });
  return new Bench(() => {
    if (opened === undefined) throw new Error('The store is open during a test only');
    return opened;
  });
}

interface Opened {
  readonly sut: StoreUnderTest;
  readonly clock: FakeClock;
  readonly startedAt: number;
}

/** What nearly every test does with a store, so that a test says only what matters to it. */
export class Bench {
  constructor(private readonly opened: () => Opened) {}

  /** When the store was opened: an instant that has passed on every clock, a server's included. */
  get startedAt(): number {
    return this.opened().startedAt;
  }

  get store(): SessionStore {
    return this.opened().sut.store;
  }

  get clock(): FakeClock {
    return this.opened().clock;
  }

  get shards(): number {
    return this.store.shards;
  }

  operation(overrides: Partial<Operation> = {}): Operation {
    return anOperation(this.clock, overrides);
  }

  session(overrides: Partial<NewSession> = {}): NewSession {
    return aSession(this, overrides);
  }

  /** A live session of a user. */
  async login(overrides: Partial<NewSession> = {}): Promise<SessionRecord> {
    return this.created({ session: this.session(overrides) });
  }

  /** A live session of nobody. */
  async visit(overrides: Omit<Partial<NewSession>, 'user'> = {}): Promise<SessionRecord> {
    return this.created({ session: anAnonymousSession(this, overrides) });
  }

  async created(request: CreateRequest): Promise<SessionRecord> {
    const answer = await this.store.create(request, this.operation());
    if (answer.result !== 'created') throw new Error(`create answered ${answer.result}`);
    return answer.session;
  }

  async logout({ id }: { readonly id: SessionId }, reason = 'logout'): Promise<void> {
    await this.store.revoke({ id, reason }, this.operation());
  }

  async stored({ id }: { readonly id: SessionId }): Promise<StoredSession | undefined> {
    return (await this.store.find(id))?.session;
  }

  /** The record of a session that has not been ended. */
  async active({ id }: { readonly id: SessionId }): Promise<SessionRecord> {
    const session = await this.stored({ id });
    if (session?.state !== 'active')
      throw new Error(`The session is ${session?.state ?? 'missing'}`);
    return session;
  }

  /** Ids of all live sessions, by `list`. */
  async listed(user: User): Promise<readonly SessionId[]> {
    const { items } = await this.store.list(user, { limit: 10_000 }, this.clock.now());
    return items.map(({ id }) => id);
  }

  dropRecord({ id }: { readonly id: SessionId }): Promise<void> {
    return this.opened().sut.dropRecord(id);
  }

  shardOf(subject: User | { readonly id: SessionId }): number {
    return 'id' in subject ? shardOfSession(subject.id) : shardOfUser(subject, this.shards);
  }

  /** Everything that waits in the outbox of the subject's shard, oldest first. */
  async events(subject: User | { readonly id: SessionId }): Promise<readonly AuditEvent[]> {
    const entries = await this.store.readOutbox(this.shardOf(subject), 100_000);
    return entries.map(({ event }) => event);
  }

  /** Empties the outbox of the subject's shard. */
  async drain(subject: User | { readonly id: SessionId }): Promise<void> {
    const shard = this.shardOf(subject);
    const entries = await this.store.readOutbox(shard, 100_000);
    await this.store.acknowledge(
      shard,
      entries.map(({ key }) => key),
    );
  }

  /** Different users whose sessions live in one shard. */
  usersOfOneShard(count: number): readonly User[] {
    const first = aUser();
    const users = [first];
    while (users.length < count) {
      const user = aUser();
      if (this.shardOf(user) === this.shardOf(first)) users.push(user);
    }
    return users;
  }
}

export const idsOf = (sessions: readonly { readonly id: SessionId }[]): readonly SessionId[] =>
  sessions.map(({ id }) => id);

export const sortedIdsOf = (
  sessions: readonly { readonly id: SessionId }[],
): readonly SessionId[] => [...idsOf(sessions)].sort();

/** The same call many times at once. */
export const inParallel = <Answer>(
  count: number,
  call: (index: number) => Promise<Answer>,
): Promise<Answer[]> => Promise.all(Array.from({ length: count }, (_, index) => call(index)));

/** Asks until there is an answer. @throws Error when a thousand times were not enough */
export async function untilAnswered<Answer>(
  ask: () => Promise<Answer | undefined>,
): Promise<Answer> {
  for (let tries = 0; tries < 1_000; tries++) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await setImmediate();
  }
  throw new Error('There was no end to it');
}

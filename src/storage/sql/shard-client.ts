import { setTimeout as delay } from 'node:timers/promises';
import { SessionStoreUnavailableError } from '../../core/errors.js';
import type { Operation, StoreMessage, StoreSettings } from '../../core/session-store.js';
import { ArrivalOrder } from './arrival-order.js';
import type { Availability } from './availability.js';
import {
  rowsOf,
  type Database,
  type Deadline,
  type Outcome,
  type Row,
  type Steps,
} from './database.js';
import type { DatabaseClock } from './database-clock.js';
import { deadlineIn, deadlineOf } from './deadlines.js';
import { markerStatement, remember, replyIn } from './operation-marker.js';
import { noteEnding } from './note-ending.js';
import { enqueue } from './outbox.js';
import type { Push } from './push.js';
import { ShardChange } from './shard-change.js';
import type { Statement } from './sql.js';
import { harmless, isCollision, isDuplicateKey } from './sql-errors.js';

interface Recorded {
  readonly shard: number;
  readonly operation: Operation;
  readonly told: StoreMessage[];
}

const MAX_ATTEMPTS = 10;
const MAX_PAUSE_MS = 20;

/** Reads and changes what the shards hold, within bounds of time. */
export class ShardClient {
  private readonly order = new ArrivalOrder();

  constructor(
    private readonly settings: StoreSettings,
    private readonly parts: {
      readonly database: Database;
      readonly clock: DatabaseClock;
      readonly availability: Availability;
      readonly push: Push;
    },
  ) {}

  /** The process clock, corrected to the database's. */
  now(): number {
    return this.settings.clock.now() + this.parts.clock.offsetMs;
  }

  /** As part of an operation it ends when that does. */
  read(name: string, statement: Statement, operation?: Operation): Promise<readonly Row[]> {
    const deadline = operation ? this.deadlineOf(operation) : this.timeout();
    return this.call(name, () => this.parts.database.read(statement, deadline));
  }

  /** A write that is not an operation, and so may be sent at any time. */
  write(name: string, statement: Statement): Promise<Outcome> {
    const deadline = this.timeout();
    return this.persist(name, () => this.parts.database.write(statement, deadline));
  }

  /** An operation of one statement, which is built for an instant on the database's clock. */
  writeUntil(
    name: string,
    operation: Operation,
    statement: (notAfter: number) => Statement,
  ): Promise<Outcome> {
    const { database, clock } = this.parts;
    const deadline = this.deadlineOf(operation);
    return this.persist(name, () =>
      database.write(statement(clock.instantIn(deadline.remainingMs())), deadline),
    );
  }

  /** An operation that by its nature has one effect and one answer, however often it is done. */
  settle<Answer>(
    name: string,
    shard: number,
    operation: Operation,
    steps: (change: ShardChange) => Steps<Answer>,
  ): Promise<Answer> {
    return this.attempt(name, operation, (_, told) =>
      this.recorded({ shard, operation, told }, steps),
    );
  }

  /**
   * An operation that has its effect once. Its answer is written with it under its event id, and
   * of two transactions that write one key only one can commit; the other then finds the answer.
   */
  change<Answer>(
    name: string,
    shard: number,
    operation: Operation,
    steps: (change: ShardChange) => Steps<Answer>,
  ): Promise<Answer> {
    const recorded = (told: StoreMessage[]): Steps<Answer> =>
      this.recorded({ shard, operation, told }, steps);
    return this.attempt(name, operation, function* (isRepeated, told) {
      const rows = isRepeated ? yield* rowsOf(markerStatement(shard, operation)) : [];
      const known = replyIn<Answer>(rows);
      if (known) return known.reply;
      const reply = yield* recorded(told);
      yield* remember(shard, operation, reply);
      return reply;
    });
  }

  /** What the operation answered, if it has been done. */
  async recall<Answer>(
    name: string,
    shard: number,
    operation: Operation,
  ): Promise<Answer | undefined> {
    const rows = await this.read(name, markerStatement(shard, operation), operation);
    return replyIn<Answer>(rows)?.reply;
  }

  /** Adds to `told` what others are to hear of it. */
  private *recorded<Answer>(
    { shard, operation, told }: Recorded,
    steps: (change: ShardChange) => Steps<Answer>,
  ): Steps<Answer> {
    const change = new ShardChange(shard, operation, this.settings);
    const answer = yield* steps(change);
    yield* enqueue(shard, change.events, this.order);
    if (change.endsAny) yield noteEnding(change);
    told.push(...change.messages);
    yield* this.parts.push.send(told);
    return answer;
  }

  private async attempt<Answer>(
    name: string,
    operation: Operation,
    steps: (isRepeated: boolean, told: StoreMessage[]) => Steps<Answer>,
  ): Promise<Answer> {
    const { database, push } = this.parts;
    const deadline = this.deadlineOf(operation);
    let told: StoreMessage[] = [];
    const answer = await this.persist(name, (attempt) =>
      database.transact(() => steps(attempt > 1, (told = [])), deadline),
    );
    push.committed(told);
    return answer;
  }

  /** Tries again where another transaction was in the way, a bounded number of times. */
  private persist<Answer>(
    name: string,
    work: (attempt: number) => Promise<Answer>,
  ): Promise<Answer> {
    return this.call(name, async () => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await work(attempt);
        } catch (error) {
          const worthAnother = isCollision(error) || isDuplicateKey(error);
          if (!worthAnother || attempt === MAX_ATTEMPTS) throw error;
          await delay(Math.random() * MAX_PAUSE_MS);
        }
      }
    });
  }

  private deadlineOf(operation: Operation): Deadline {
    return deadlineOf(operation, () => this.now());
  }

  private timeout(): Deadline {
    return deadlineIn(this.settings.storeTimeoutMs);
  }

  /** @throws SessionStoreUnavailableError whatever goes wrong */
  private async call<Answer>(name: string, work: () => Promise<Answer>): Promise<Answer> {
    try {
      this.parts.availability.requireReady();
      return await work();
    } catch (error) {
      throw new SessionStoreUnavailableError(name, harmless(error));
    }
  }
}

import type { DataSource } from 'typeorm';
import type { AuditAnchor } from '../../core/audit/audit-anchor.js';
import { SessionStoreUnavailableError } from '../../core/errors.js';
import { shardOfSession, type SessionId, type TokenHash } from '../../core/ids.js';
import type { SessionRecord } from '../../core/session-record.js';
import type {
  CreateRequest,
  CreateResult,
  CreationBound,
  CreationPoint,
  EndedSession,
  FoundSession,
  Operation,
  OutboxEntry,
  OutboxState,
  Page,
  PageRequest,
  RevokeAllRequest,
  RevokeRequest,
  RevokeResult,
  RotateRequest,
  RotateResult,
  SaveRequest,
  SaveResult,
  SessionCounts,
  SessionStore,
  StoreHealth,
  StoreSettings,
  StoreWatch,
  StoreWatcher,
  SweepResult,
} from '../../core/session-store.js';
import { shardOfUser, type User } from '../../core/user.js';
import { moveAnchor, readAnchor } from './anchors.js';
import { Availability } from './availability.js';
import {
  confirmSession,
  confirmStatement,
  revokeSession,
  rotateSession,
  saveSession,
  touchSession,
  touchStatement,
} from './change-session.js';
import { appendFact, blockUser, revokeAllSessions, startEpoch } from './change-shard.js';
import { chunksOf } from './chunks.js';
import { createSession } from './create-session.js';
import type { Database, Steps } from './database.js';
import { DatabaseClock } from './database-clock.js';
import { lease } from './lease.js';
import { openDatabase } from './open-database.js';
import {
  blockedUntil,
  countSessions,
  findSessions,
  lastEndings,
  listCreated,
  listSessions,
} from './listings.js';
import { readNote, writeNote } from './notes.js';
import * as outbox from './outbox.js';
import { pushOf } from './postgres-push.js';
import { localPush, type Push } from './push.js';
import type { ShardChange } from './shard-change.js';
import { ShardClient } from './shard-client.js';
import { harmless } from './sql-errors.js';
import { SqlServer } from './sql-server.js';
import { resolveSqlStoreOptions, type SqlStoreOptions } from './sql-store-options.js';
import { sweepShard } from './sweep.js';

interface Running {
  readonly client: ShardClient;
  readonly availability: Availability;
  readonly settings: StoreSettings;
  readonly timer: NodeJS.Timeout;
}

const START_WAIT_MS = 2_000;
const CLOCK_INTERVAL_MS = 10_000;

/**
 * Sessions in SQLite, PostgreSQL or MariaDB. Every change is one short transaction that writes its
 * audit event too. A call that rejects may have been done before its deadline, the answer having
 * been lost on its way, and will not be done after it.
 */
export class SqlSessionStore implements SessionStore {
  readonly description: string;
  private readonly clock = new DatabaseClock();
  private readonly database: Database;
  private readonly server: SqlServer;
  private readonly push: Push;
  private running: Running | undefined;

  /** @throws SessionConfigInvalidError for options out of range, or a database it does not know */
  constructor(dataSource: DataSource, options?: SqlStoreOptions) {
    const { shards, push } = resolveSqlStoreOptions(dataSource, options);
    this.database = openDatabase(dataSource, this.clock);
    this.server = new SqlServer(dataSource, this.database, this.clock, shards);
    this.push = push ? pushOf(dataSource, this.database.dialect) : localPush();
    this.description = this.database.description;
  }

  get shards(): number {
    return this.server.shards;
  }

  get clockOffsetMs(): number {
    return this.clock.offsetMs;
  }

  /** @throws SessionConfigInvalidError where the DataSource has no `sessionEntities` */
  async start(settings: StoreSettings): Promise<void> {
    const { server, clock, database, push } = this;
    const availability = new Availability({
      verify: () => server.verify(settings),
      discard: () => server.close(),
      away: ({ message }) =>
        settings.warn(`${this.description} is unavailable and is tried again: ${message}`),
    });
    this.running = {
      client: new ShardClient(settings, { database, clock, availability, push }),
      availability,
      settings,
      timer: setInterval(() => void this.health(), CLOCK_INTERVAL_MS).unref(),
    };
    try {
      await availability.open(START_WAIT_MS);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    clearInterval(this.running?.timer);
    this.running?.availability.close();
    this.push.watchers.close();
    this.running = undefined;
    await this.server.close();
  }

  /** Measures anew what it tells. */
  async health(): Promise<StoreHealth> {
    const failure = await this.look().then(
      () => undefined,
      (error: unknown) => error,
    );
    const { shards, clockOffsetMs } = this;
    const dialect = this.database.dialect.name;
    const push = this.push.watchers.link;
    return { available: failure === undefined, details: { dialect, shards, clockOffsetMs, push } };
  }

  async watch(watcher: StoreWatcher): Promise<StoreWatch> {
    this.requireStarted();
    return this.push.watchers.watch(watcher);
  }

  async create(request: CreateRequest, operation: Operation): Promise<CreateResult> {
    const shard = this.requireShard(shardOfSession(request.session.id));
    return this.client.change('create', shard, operation, (change) =>
      createSession(change, request),
    );
  }

  async find(id: SessionId): Promise<FoundSession | undefined> {
    return (await this.findMany([id])).get(id);
  }

  async findMany(ids: readonly SessionId[]): Promise<ReadonlyMap<SessionId, FoundSession>> {
    return findSessions(this.client, ids);
  }

  async lastEndings(shards: readonly number[]): Promise<ReadonlyMap<number, string>> {
    return lastEndings(this.client, shards);
  }

  async save(request: SaveRequest, operation: Operation): Promise<SaveResult> {
    return this.changeSession('save', request, operation, saveSession);
  }

  async touch(id: SessionId, operation: Operation): Promise<'touched' | 'gone'> {
    const { affected } = await this.client.writeUntil('touch', operation, (notAfter) =>
      touchStatement(id, operation, notAfter),
    );
    if (affected > 0) return 'touched';
    return this.client.settle('touch', shardOfSession(id), operation, (change) =>
      touchSession(change, id),
    );
  }

  async rotate(request: RotateRequest, operation: Operation): Promise<RotateResult> {
    return this.changeSession('rotate', request, operation, rotateSession);
  }

  async confirm(
    id: SessionId,
    token: TokenHash,
    operation: Operation,
  ): Promise<'confirmed' | 'lost' | 'gone'> {
    const { affected } = await this.client.writeUntil('confirm', operation, (notAfter) =>
      confirmStatement({ id, token }, operation, notAfter),
    );
    if (affected > 0) return 'confirmed';
    return this.client.settle('confirm', shardOfSession(id), operation, (change) =>
      confirmSession(change, id, token),
    );
  }

  async revoke(request: RevokeRequest, operation: Operation): Promise<RevokeResult> {
    return this.changeSession('revoke', request, operation, revokeSession);
  }

  async revokeAll(
    request: RevokeAllRequest,
    operation: Operation,
  ): Promise<readonly EndedSession[]> {
    return this.client.change('revokeAll', this.shardOf(request.user), operation, (change) =>
      revokeAllSessions(change, request),
    );
  }

  async list(user: User, page: PageRequest, now: number): Promise<Page<SessionRecord>> {
    return listSessions(this.client, { user, shard: this.shardOf(user), now }, page);
  }

  async listCreated(
    shard: number,
    from: CreationBound | undefined,
    limit: number,
  ): Promise<readonly CreationPoint[]> {
    return listCreated(this.client, shard, from, limit);
  }

  async countSessions(tenantId?: string): Promise<SessionCounts> {
    return countSessions(this.client, this.shards, tenantId);
  }

  async sweep(shard: number, budget: number, operation: Operation): Promise<SweepResult> {
    return sweepShard(this.client, { shard: this.requireShard(shard), budget, operation });
  }

  async block(user: User, until: number, operation: Operation): Promise<void> {
    return this.client.change('block', this.shardOf(user), operation, (change) =>
      blockUser(change, user, until),
    );
  }

  async blockedUntil(user: User, now: number): Promise<number | undefined> {
    return blockedUntil(this.client, user, now);
  }

  async revokeEverything(shard: number, operation: Operation): Promise<void> {
    return this.client.change('revokeEverything', this.requireShard(shard), operation, startEpoch);
  }

  async append(
    shard: number,
    event: Parameters<SessionStore['append']>[1],
    operation: Operation,
  ): Promise<boolean> {
    return this.client.change('append', this.requireShard(shard), operation, (change) =>
      appendFact(change, event),
    );
  }

  async readOutbox(shard: number, limit: number): Promise<readonly OutboxEntry[]> {
    const rows = await this.client.read('readOutbox', outbox.readStatement(shard, limit));
    return rows.map(outbox.entryOf);
  }

  async acknowledge(shard: number, keys: readonly string[]): Promise<void> {
    for (const chunk of chunksOf(keys))
      await this.client.write('acknowledge', outbox.acknowledgeStatement(shard, chunk));
  }

  async outboxState(shard: number): Promise<OutboxState> {
    const [row] = await this.client.read('outboxState', outbox.stateStatement(shard));
    return outbox.stateOf(row!);
  }

  async readAnchor(shard: number): Promise<AuditAnchor | undefined> {
    return readAnchor(this.client, this.requireShard(shard));
  }

  async anchor(shard: number, from: AuditAnchor | undefined, to: AuditAnchor): Promise<boolean> {
    return moveAnchor(this.client, this.requireShard(shard), from, to);
  }

  async lease(name: string, holder: string, ttlMs: number): Promise<boolean> {
    return lease(this.client, { name, holder, ttlMs });
  }

  async writeNote(name: string, text: string, ttlMs: number): Promise<void> {
    return writeNote(this.client, name, text, ttlMs);
  }

  async readNote(name: string): Promise<string | undefined> {
    return readNote(this.client, name);
  }

  private get client(): ShardClient {
    return this.requireStarted().client;
  }

  private requireStarted(): Running {
    if (this.running === undefined)
      throw new SessionStoreUnavailableError(
        'any operation',
        new Error('The store is not started'),
      );
    return this.running;
  }

  /** @throws RangeError for a shard that nobody would ever sweep or relay */
  private requireShard(shard: number): number {
    if (shard < this.shards) return shard;
    throw new RangeError(`There is no shard ${shard}: the store has ${this.shards}`);
  }

  private shardOf(user: User): number {
    return shardOfUser(user, this.shards);
  }

  private changeSession<Request extends { readonly id: SessionId }, Answer>(
    name: string,
    request: Request,
    operation: Operation,
    steps: (change: ShardChange, request: Request) => Steps<Answer>,
  ): Promise<Answer> {
    return this.client.change(name, shardOfSession(request.id), operation, (change) =>
      steps(change, request),
    );
  }

  private async look(): Promise<void> {
    if (this.running === undefined) throw new Error('The store is not started');
    const { availability, settings } = this.running;
    availability.requireReady();
    await this.server.measureClock(settings).then(
      () => availability.note(undefined),
      (error: unknown) => {
        availability.note(harmless(error));
        throw error;
      },
    );
  }
}

/** Sessions in the database of `dataSource`, which stays the caller's. @throws SessionConfigInvalidError */
export const sqlStore = (dataSource: DataSource, options?: SqlStoreOptions): SqlSessionStore =>
  new SqlSessionStore(dataSource, options);

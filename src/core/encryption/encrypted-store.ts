import type { AuditAnchor } from '../audit/audit-anchor.js';
import { DataCipher } from './data-cipher.js';
import { resolveDataKeyRing, type DataEncryptionOptions } from './data-key-ring.js';
import { deepFreeze } from '../deep-freeze.js';
import { SessionConflictError, SessionDataUnreadableError } from '../errors.js';
import { newEventId, type SessionId, type TokenHash } from '../ids.js';
import type { SessionRecord, StoredSession } from '../session-record.js';
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
} from '../session-store.js';
import type { User } from '../user.js';

/** Of other writers that may be first, one after the other. */
const MAX_RENEWALS = 8;

/** A store in which the data of sessions are encrypted. @throws SessionConfigInvalidError */
export const encryptedStore = (store: SessionStore, options: DataEncryptionOptions): SessionStore =>
  new EncryptedStore(store, new DataCipher(resolveDataKeyRing(options)));

/**
 * Stands before a driver, which then never sees a value in clear. A record is decrypted when its
 * `data` is first read: what needs no data, such as a list or an end, fails for nobody's data.
 */
class EncryptedStore implements SessionStore {
  readonly rateLimiter?: NonNullable<SessionStore['rateLimiter']>;
  /** What the driver gave, by what was made of it, for whoever asks again with what is known. */
  private readonly sealed = new WeakMap<StoredSession, StoredSession>();
  readonly findCached?: NonNullable<SessionStore['findCached']>;
  /** Of records that the driver keeps near, for as long as it does. */
  private readonly opened = new WeakMap<SessionRecord, SessionRecord>();

  constructor(
    private readonly store: SessionStore,
    private readonly cipher: DataCipher,
  ) {
    if (store.rateLimiter) this.rateLimiter = (limit) => store.rateLimiter!(limit);
    if (store.findCached) this.findCached = (id) => this.openingCached(store.findCached!(id));
  }

  get description(): string {
    return this.store.description;
  }

  get shards(): number {
    return this.store.shards;
  }

  get clockOffsetMs(): number {
    return this.store.clockOffsetMs;
  }

  start(settings: StoreSettings): Promise<void> {
    return this.store.start(settings);
  }

  close(): Promise<void> {
    return this.store.close();
  }

  health(): Promise<StoreHealth> {
    return this.store.health();
  }

  async create(request: CreateRequest, operation: Operation): Promise<CreateResult> {
    const { session } = request;
    const data = this.cipher.encryptAll(session.id, session.data);
    const answer = await this.store.create(
      { ...request, session: { ...session, data } },
      operation,
    );
    return this.opening(answer);
  }

  async find(id: SessionId): Promise<FoundSession | undefined> {
    const found = await this.store.find(id);
    return found && this.openingFound(found);
  }

  async findMany(
    ids: readonly SessionId[],
    known?: (id: SessionId) => StoredSession | undefined,
  ): Promise<ReadonlyMap<SessionId, FoundSession>> {
    const opened = new Map<StoredSession, StoredSession>();
    const found = await this.store.findMany(
      ids,
      known && ((id) => this.sealedOf(known(id), opened)),
    );
    return new Map(
      [...found].map(([id, one]) => {
        const session = opened.get(one.session);
        if (session) return [id, { ...one, session }];
        const fresh = this.openingFound(one);
        if (known) this.sealed.set(fresh.session, one.session);
        return [id, fresh];
      }),
    );
  }

  lastEndings(shards: readonly number[]): Promise<ReadonlyMap<number, string>> {
    return this.store.lastEndings(shards);
  }

  save(request: SaveRequest, operation: Operation): Promise<SaveResult> {
    const set = this.cipher.encryptAll(request.id, request.set);
    return this.store.save({ ...request, set }, operation);
  }

  touch(id: SessionId, operation: Operation): Promise<'touched' | 'gone'> {
    return this.store.touch(id, operation);
  }

  /**
   * A session that is authenticated anew lives longer than its values were meant to, so they come
   * under the key in use first: one that it replaced is needed no longer than `absoluteTimeout`.
   */
  async rotate(request: RotateRequest, operation: Operation): Promise<RotateResult> {
    if (request.reauthenticated && this.cipher.isChanging) await this.renew(request.id, operation);
    return this.opening(await this.store.rotate(request, operation));
  }

  confirm(
    id: SessionId,
    token: TokenHash,
    operation: Operation,
  ): Promise<'confirmed' | 'lost' | 'gone'> {
    return this.store.confirm(id, token, operation);
  }

  async revoke(request: RevokeRequest, operation: Operation): Promise<RevokeResult> {
    return this.opening(await this.store.revoke(request, operation));
  }

  revokeAll(request: RevokeAllRequest, operation: Operation): Promise<readonly EndedSession[]> {
    return this.store.revokeAll(request, operation);
  }

  async list(user: User, page: PageRequest, now: number): Promise<Page<SessionRecord>> {
    const found = await this.store.list(user, page, now);
    return { ...found, items: found.items.map((session) => this.lazily(session)) };
  }

  listCreated(
    shard: number,
    from: CreationBound | undefined,
    limit: number,
  ): Promise<readonly CreationPoint[]> {
    return this.store.listCreated(shard, from, limit);
  }

  countSessions(tenantId?: string): Promise<SessionCounts> {
    return this.store.countSessions(tenantId);
  }

  sweep(shard: number, budget: number, operation: Operation): Promise<SweepResult> {
    return this.store.sweep(shard, budget, operation);
  }

  block(user: User, until: number, operation: Operation): Promise<void> {
    return this.store.block(user, until, operation);
  }

  blockedUntil(user: User, now: number): Promise<number | undefined> {
    return this.store.blockedUntil(user, now);
  }

  revokeEverything(shard: number, operation: Operation): Promise<void> {
    return this.store.revokeEverything(shard, operation);
  }

  append(
    shard: number,
    event: Parameters<SessionStore['append']>[1],
    operation: Operation,
  ): Promise<boolean> {
    return this.store.append(shard, event, operation);
  }

  readOutbox(shard: number, limit: number): Promise<readonly OutboxEntry[]> {
    return this.store.readOutbox(shard, limit);
  }

  acknowledge(shard: number, keys: readonly string[]): Promise<void> {
    return this.store.acknowledge(shard, keys);
  }

  outboxState(shard: number): Promise<OutboxState> {
    return this.store.outboxState(shard);
  }

  readAnchor(shard: number): Promise<AuditAnchor | undefined> {
    return this.store.readAnchor(shard);
  }

  anchor(shard: number, from: AuditAnchor | undefined, to: AuditAnchor): Promise<boolean> {
    return this.store.anchor(shard, from, to);
  }

  watch(watcher: StoreWatcher): Promise<StoreWatch> {
    return this.store.watch(watcher);
  }

  lease(name: string, holder: string, ttlMs: number): Promise<boolean> {
    return this.store.lease(name, holder, ttlMs);
  }

  writeNote(name: string, text: string, ttlMs: number): Promise<void> {
    return this.store.writeNote(name, text, ttlMs);
  }

  readNote(name: string): Promise<string | undefined> {
    return this.store.readNote(name);
  }

  private async renew(id: SessionId, operation: Operation): Promise<void> {
    for (let attempt = 0; attempt < MAX_RENEWALS; attempt += 1) {
      const session = (await this.store.find(id))?.session;
      if (session?.state !== 'active') return;
      const set = this.cipher.renewed(id, session.data);
      if (Object.keys(set).length === 0) return;
      const { result } = await this.store.save(
        { id, set, remove: [], ifVersion: session.version, activity: 'none' },
        { ...operation, eventId: newEventId() },
      );
      if (result !== 'conflict') return;
    }
    throw new SessionConflictError();
  }

  private opening<Answer extends object>(answer: Answer): Answer {
    return 'session' in answer
      ? { ...answer, session: this.lazily(answer.session as SessionRecord) }
      : answer;
  }

  private openingFound(found: FoundSession): FoundSession {
    const { session } = found;
    return session.state === 'active' ? { ...found, session: this.lazily(session) } : found;
  }

  /** Decrypted once, when it is first asked for. One that is not legible has to be found to say so. */
  private openingCached(found: FoundSession | undefined): FoundSession | undefined {
    if (found?.session.state !== 'active') return undefined;
    const { session: encrypted } = found;
    const session = this.opened.get(encrypted) ?? this.open(encrypted);
    return session && { ...found, session };
  }

  private open(encrypted: SessionRecord): SessionRecord | undefined {
    try {
      const data = this.cipher.decryptAll(encrypted.id, encrypted.data);
      const session = deepFreeze({ ...encrypted, data });
      this.opened.set(encrypted, session);
      return session;
    } catch (error) {
      if (error instanceof SessionDataUnreadableError) return undefined;
      throw error;
    }
  }

  /** What the driver had given for it, which may have more to tell the driver than its fields. */
  private sealedOf(
    session: StoredSession | undefined,
    opened: Map<StoredSession, StoredSession>,
  ): StoredSession | undefined {
    const sealed = session && this.sealed.get(session);
    if (sealed) opened.set(sealed, session);
    return sealed;
  }

  /** The record, whose data are decrypted once, when they are asked for. */
  private lazily({ data: encrypted, ...rest }: SessionRecord): SessionRecord {
    const { cipher } = this;
    let data: SessionRecord['data'] | undefined;
    return {
      ...rest,
      get data() {
        data ??= cipher.decryptAll(rest.id, encrypted);
        return data;
      },
    };
  }
}

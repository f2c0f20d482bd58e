import type { DataSource } from 'typeorm';
import { SessionConfigInvalidError, SessionLayoutMismatchError } from '../../core/errors.js';
import { outliveConnections } from '../../core/outlive-connections.js';
import type { StoreSettings } from '../../core/session-store.js';
import type { Database, Deadline, Row } from './database.js';
import type { DatabaseClock } from './database-clock.js';
import { deadlineIn } from './deadlines.js';
import { sessionMigrations } from './session-schema.js';
import { integerIn } from './session-row.js';
import { sql } from './sql.js';
import { isMissingTable } from './sql-errors.js';
import { layout } from './tables.js';

const DEFAULT_SHARDS = 64;
/** Each migration makes one version of the tables. */
const LAYOUT_VERSION = sessionMigrations.length;

/** What is known of the database, and what has to be true of it before anything is stored there. */
export class SqlServer {
  private settledShards: number | undefined;
  private initialized = false;
  private warnedOfClock = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly database: Database,
    private readonly clock: DatabaseClock,
    private readonly wantedShards: number | undefined,
  ) {}

  get shards(): number {
    return this.settledShards ?? this.wantedShards ?? DEFAULT_SHARDS;
  }

  /** @throws SessionLayoutMismatchError @throws SessionConfigInvalidError */
  async verify(settings: Pick<StoreSettings, 'storeTimeoutMs' | 'warn'>): Promise<void> {
    const deadline = deadlineIn(settings.storeTimeoutMs);
    await this.initialize();
    outliveConnections(this.dataSource.driver);
    this.requireEntities();
    await this.database.prepare?.(deadline);
    await this.settleLayout(deadline);
    await this.measureClock(settings);
  }

  /** Ends the DataSource if it was begun here. */
  async close(): Promise<void> {
    if (this.initialized && this.dataSource.isInitialized) await this.dataSource.destroy();
    this.initialized = false;
  }

  async measureClock({
    storeTimeoutMs,
    warn,
  }: Pick<StoreSettings, 'storeTimeoutMs' | 'warn'>): Promise<void> {
    await this.clock.measure(this.database, deadlineIn(storeTimeoutMs));
    if (this.clock.isWorrying && !this.warnedOfClock)
      warn('The clocks of this process and of the database are more than two seconds apart');
    this.warnedOfClock = this.clock.isWorrying;
  }

  private async initialize(): Promise<void> {
    if (this.dataSource.isInitialized) return;
    await this.dataSource.initialize();
    this.initialized = true;
  }

  private requireEntities(): void {
    if (this.dataSource.hasMetadata('session_layout')) return;
    throw new SessionConfigInvalidError(
      'store.dataSource',
      'must have sessionEntities among its entities',
    );
  }

  private async settleLayout(deadline: Deadline): Promise<void> {
    const version = await this.readLayout(deadline);
    if (version === undefined || integerIn(version, 'version') < LAYOUT_VERSION)
      throw new SessionLayoutMismatchError(
        `The tables of sessions are missing or older than this version; ` +
          `run the migration ${namesOf(version)} (sessionMigrations)`,
      );
    await this.database.write(
      sql`update ${layout} set shards = ${this.shards} where shards is null`,
      deadline,
    );
    this.settleShards((await this.readLayout(deadline))!);
  }

  private settleShards(row: Row): void {
    const [version, shards] = [integerIn(row, 'version'), integerIn(row, 'shards')];
    const wanted = this.settledShards ?? this.wantedShards ?? shards;
    if (version !== LAYOUT_VERSION || shards !== wanted)
      throw new SessionLayoutMismatchError(
        `The tables of sessions are of layout ${version} with ${shards} shards; ` +
          `this process is set to layout ${LAYOUT_VERSION} with ${wanted} shards`,
      );
    this.settledShards = shards;
  }

  private async readLayout(deadline: Deadline): Promise<Row | undefined> {
    const query = sql`select version, shards from ${layout} order by version desc limit 1`;
    try {
      return (await this.database.read(query, deadline))[0];
    } catch (error) {
      if (isMissingTable(error)) return undefined;
      throw error;
    }
  }
}

/** The migrations that have not run. */
const namesOf = (row: Row | undefined): string =>
  sessionMigrations
    .slice(row ? integerIn(row, 'version') : 0)
    .map(({ name }) => name)
    .join(', ');

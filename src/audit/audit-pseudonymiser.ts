import { In, Not, type DataSource } from 'typeorm';
import { SessionInputInvalidError } from '../core/errors.js';
import type { SessionCore } from '../core/session-core.js';
import { parseUser, shardOfUser, type User } from '../core/user.js';
import { AuditEventRow } from './audit-event-row.entity.js';
import type { AuditRelay } from './audit-relay.js';
import { requireText } from './check-audit-filter.js';
import { requireNoForeignTransaction } from './one-connection.js';
import { newPseudonym, pseudonymisedColumns, rangesIn, toRanges } from './pseudonym.js';

export interface PseudonymiseRequest {
  /** Who had it done; stands in the event as `actorId`. */
  readonly by: string;
  readonly reason: string;
}

export interface Pseudonymisation {
  /** The user id that the rows have now. It follows from nothing, and each call has another. */
  readonly pseudonym: string;
  /** How many rows were changed. */
  readonly rows: number;
}

export interface AuditPseudonymiserOptions {
  readonly core: Pick<SessionCore, 'store' | 'operations'>;
  readonly relay: Pick<AuditRelay, 'drain'>;
  /** Of a role that may update the personal columns. */
  readonly dataSource: DataSource;
}

/** The record of a pseudonymisation did not reach the database, so nothing was changed for it. */
export class AuditUnrecordedError extends Error {
  override readonly name = 'AuditUnrecordedError';
  readonly code = 'AUDIT_UNRECORDED';

  constructor() {
    super('What is to be changed could not be recorded, and so was left as it is');
  }
}

const BATCH = 500;
/** A text in the details of an event may be 1024 long. */
const MAX_RANGES_LENGTH = 1_000;

/**
 * Replaces what is personal in a user's rows. Rows are changed only after the database has the event
 * that says which, so that `verify` agrees at any moment, a crash included.
 */
export class AuditPseudonymiser {
  constructor(private readonly options: AuditPseudonymiserOptions) {}

  /** Rows that arrive later stay as they are. Safe to repeat, which does the rows left. */
  async pseudonymise(input: User, request: PseudonymiseRequest): Promise<Pseudonymisation> {
    const user = parseUser(input);
    for (const name of ['by', 'reason'] as const) {
      requireText(name, request[name]);
      if (request[name] === '') throw new SessionInputInvalidError(name, 'must not be empty');
    }
    const { core, relay } = this.options;
    await relay.drain(shardOfUser(user, core.store.shards));
    const pseudonym = newPseudonym();
    let rows = 0;
    for (let batch = await this.next(user); batch !== undefined; batch = await this.next(user))
      for (const ranges of toRanges(batch.chainSeqs, MAX_RANGES_LENGTH)) {
        const stretch = { chain: batch.chain, ranges, user, pseudonym };
        await this.record(stretch, request);
        rows += await this.replace(stretch);
      }
    return { pseudonym, rows };
  }

  /** Some rows of one chain that still tell who the user is. */
  private async next({ tenantId, userId }: User): Promise<Batch | undefined> {
    const { dataSource } = this.options;
    requireNoForeignTransaction(dataSource);
    const rows = await dataSource.manager.find(AuditEventRow, {
      select: { chain: true, chainSeq: true },
      where: { userId, tenantId, type: Not('audit.pseudonymised') },
      order: { chain: 'ASC', chainSeq: 'ASC' },
      take: BATCH,
    });
    const chain = rows[0]?.chain;
    if (chain === undefined) return undefined;
    const ofChain = rows.filter((row) => row.chain === chain);
    return { chain, chainSeqs: ofChain.map(({ chainSeq }) => chainSeq) };
  }

  /** In the chain of the rows, so that a purge takes the event after them. */
  private async record(
    { chain, ranges, user, pseudonym }: Stretch,
    { by, reason }: PseudonymiseRequest,
  ): Promise<void> {
    const { core, relay, dataSource } = this.options;
    const details = { rows: ranges };
    const operation = core.operations.begin({ initiator: 'admin', actorId: by, details });
    const event = { tenantId: user.tenantId, userId: pseudonym, reason };
    const type = 'audit.pseudonymised';
    const isTaken = await core.store.append(chain, { type, ...event }, operation);
    if (isTaken) await relay.drain(chain);
    const { eventId } = operation;
    if (!isTaken || !(await dataSource.manager.existsBy(AuditEventRow, { chain, eventId })))
      throw new AuditUnrecordedError();
  }

  private async replace({ chain, ranges, user, pseudonym }: Stretch): Promise<number> {
    const chainSeqs = rangesIn(ranges).flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, index) => first + index),
    );
    await this.options.dataSource
      .createQueryBuilder()
      .update(AuditEventRow)
      .set(pseudonymisedColumns(pseudonym))
      .where({ chain, chainSeq: In(chainSeqs), userId: user.userId })
      .execute();
    return chainSeqs.length;
  }
}

interface Batch {
  readonly chain: number;
  readonly chainSeqs: readonly number[];
}

interface Stretch {
  readonly chain: number;
  readonly ranges: string;
  readonly user: User;
  readonly pseudonym: string;
}

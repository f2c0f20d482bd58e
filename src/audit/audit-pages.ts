import type { DataSource, SelectQueryBuilder } from 'typeorm';
import { AuditCheckpointRow } from './audit-checkpoint-row.entity.js';
import { AuditEventRow } from './audit-event-row.entity.js';

/** Rows that are in memory at once. */
export const AUDIT_PAGE = 500;

const BEFORE_ALL = Number.MIN_SAFE_INTEGER;

/** Reads the audit's tables as they are, page by page, whatever somebody may have put there. */
export class AuditPages {
  constructor(private readonly dataSource: DataSource) {}

  count(): Promise<number> {
    return this.dataSource.manager.count(AuditEventRow);
  }

  /** The next chain that has rows or checkpoints; undefined: there is none. */
  async chainAfter(chain: number | undefined): Promise<number | undefined> {
    const found = [
      await this.lowestAfter(AuditEventRow, chain),
      await this.lowestAfter(AuditCheckpointRow, chain),
    ].filter((next) => next !== undefined);
    return found.length === 0 ? undefined : Math.min(...found);
  }

  /**
   * The rows of a chain behind a number, in the order of their numbers. What is added meanwhile may
   * be among them. A number that somebody has made two rows of comes twice, wherever pages end.
   */
  async *ofChain(chain: number, behind = BEFORE_ALL): AsyncGenerator<readonly AuditEventRow[]> {
    let after = behind;
    let repeated = 0;
    let rows: readonly AuditEventRow[];
    do {
      const isKnown = ({ chainSeq }: AuditEventRow, index: number): boolean =>
        index < repeated && chainSeq === after;
      const found = await this.read(AUDIT_PAGE + repeated, (query) =>
        query.where(`row.chain = :chain AND row.chainSeq ${repeated > 0 ? '>=' : '>'} :after`, {
          chain,
          after,
        }),
      );
      rows = found.filter((row, index) => !isKnown(row, index));
      if (rows.length > 0) yield rows;
      const last = rows.at(-1)?.chainSeq ?? after;
      const alike = rows.filter(({ chainSeq }) => chainSeq === last).length;
      repeated = Math.min(last === after ? repeated + alike : alike, AUDIT_PAGE);
      after = last;
    } while (rows.length >= AUDIT_PAGE && Number.isSafeInteger(after));
  }

  /** Records of pseudonymisations in a chain, by the pseudonyms given. */
  async *pseudonymisations(
    chain: number,
    userIds: readonly string[],
  ): AsyncGenerator<AuditEventRow> {
    let after = BEFORE_ALL;
    let rows: readonly AuditEventRow[];
    do {
      rows = await this.read(AUDIT_PAGE, (query) =>
        query
          .where('row.chain = :chain AND row.chainSeq > :after', { chain, after })
          .andWhere('row.userId IN (:...userIds)', { userIds })
          .andWhere('row.type = :type', { type: 'audit.pseudonymised' }),
      );
      yield* rows;
      after = rows.at(-1)?.chainSeq ?? after;
    } while (rows.length === AUDIT_PAGE && Number.isSafeInteger(after));
  }

  /** Some of the rows that are in no chain, for its number is none. */
  async strays(): Promise<readonly AuditEventRow[]> {
    if (!this.keepsAnything) return [];
    return this.read(AUDIT_PAGE, (query) => query.where("typeof(row.chain) <> 'integer'"));
  }

  checkpoints(chain: number): Promise<AuditCheckpointRow[]> {
    return this.dataSource.manager.find(AuditCheckpointRow, {
      where: { chain },
      order: { upToSeq: 'ASC' },
    });
  }

  /** SQLite keeps texts and bytes in columns of numbers too. */
  private get keepsAnything(): boolean {
    return this.dataSource.options.type === 'better-sqlite3';
  }

  private async lowestAfter(
    entity: typeof AuditEventRow | typeof AuditCheckpointRow,
    chain: number | undefined,
  ): Promise<number | undefined> {
    const query = this.dataSource
      .createQueryBuilder(entity, 'row')
      .select('MIN(row.chain)', 'chain');
    query.where(chain === undefined ? '1 = 1' : 'row.chain > :chain', { chain });
    if (this.keepsAnything) query.andWhere("typeof(row.chain) = 'integer'");
    const lowest = await query.getRawOne<{ readonly chain: unknown }>();
    return lowest?.chain == null ? undefined : wholeNumberIn(lowest.chain);
  }

  private async read(
    limit: number,
    narrow: (query: SelectQueryBuilder<AuditEventRow>) => SelectQueryBuilder<AuditEventRow>,
  ): Promise<readonly AuditEventRow[]> {
    const query = this.dataSource.createQueryBuilder(AuditEventRow, 'row');
    const rows = await narrow(query)
      .orderBy('row.chainSeq', 'ASC')
      .limit(limit)
      .getRawMany<Readonly<Record<string, unknown>>>();
    const columns = this.dataSource
      .getMetadata(AuditEventRow)
      .columns.map(({ propertyName, databaseName, type }) => ({
        to: propertyName,
        from: `row_${databaseName}`,
        type,
      }));
    return rows.map((raw) => {
      const row: Record<string, unknown> = {};
      for (const { to, from, type } of columns) row[to] = valueOf(raw[from], type);
      return row as unknown as AuditEventRow;
    });
  }
}

/** TypeORM would fail on JSON that somebody has spoilt; here it stays a text, which no hash agrees with. */
function valueOf(value: unknown, type: unknown): unknown {
  if (value === null) return null;
  if (type === 'bigint' || type === 'int') return wholeNumberIn(value);
  if (type !== 'simple-json' || typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** NaN for what only looks like one: SQLite keeps `0x10` and bytes in a column of whole numbers. */
function wholeNumberIn(value: unknown): number {
  const number = typeof value === 'object' ? NaN : Number(value);
  return String(number) === String(value) ? number : NaN;
}

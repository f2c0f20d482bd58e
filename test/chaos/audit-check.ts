import type { DataSource } from 'typeorm';
import type { LedgerEntry } from './ledger.js';

export interface AuditBalance {
  readonly lost: number;
  readonly doubled: number;
  /** Rows of kills that were acknowledged and came undone. */
  readonly undone: number;
  readonly told: readonly string[];
}

export interface AuditSubject {
  readonly database: DataSource;
  readonly userPrefix: string;
  readonly entries: readonly LedgerEntry[];
  /** Of the entries, those that must have left an event of their end. */
  readonly dead: ReadonlySet<string>;
}

interface Row {
  readonly type: string;
  readonly session: string;
  readonly count: number;
}

const ONCE = ['session.created', 'session.revoked'] as const;

/** The audit rows against the ledger, and against what the store says is dead. */
export async function balanceAudit(subject: AuditSubject): Promise<AuditBalance> {
  const { database, userPrefix, entries, dead } = subject;
  const rows = await countRows(database, userPrefix);
  const present = new Set(rows.map(({ type, session }) => `${type} ${session}`));
  const missing = entries.flatMap(({ id }) =>
    [`session.created ${id}`, ...(dead.has(id) ? [`session.revoked ${id}`] : [])].filter(
      (fact) => !present.has(fact),
    ),
  );
  const known = new Map(entries.map((entry) => [entry.id as string, entry]));
  const surplus = rows.map((row) => surplusOf(row, known.get(row.session), subject));
  const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
  return {
    lost: missing.length,
    doubled: sum(surplus.map(({ doubled }) => doubled)),
    undone: sum(surplus.map(({ undone }) => undone)),
    told: [
      ...missing.map((fact) => `no audit row for ${fact}`),
      ...rows.flatMap(({ type, session, count }, index) =>
        surplus[index]!.doubled > 0 ? [`${count} audit rows for ${type} ${session}`] : [],
      ),
      ...(await rejectedIn(database)),
    ],
  };
}

/** How many rows there are too many, and how many of these are of kills that came undone. */
function surplusOf(
  { type, session, count }: Row,
  entry: LedgerEntry | undefined,
  { dead }: AuditSubject,
): { readonly doubled: number; readonly undone: number } {
  if (!entry || type !== 'session.revoked') return { doubled: count - 1, undone: 0 };
  const tooMany = count - (dead.has(session) ? 1 : 0);
  const cameBack = !dead.has(session) && entry.killing === 'acknowledged' ? 1 : 0;
  const undone = Math.min(tooMany, cameBack);
  return { doubled: tooMany - undone, undone };
}

async function rejectedIn(database: DataSource): Promise<readonly string[]> {
  const [row] = await database.query<{ count: number }[]>(
    'SELECT count(*)::int AS count FROM audit_rejected',
  );
  return row!.count > 0 ? [`${row!.count} rows in audit_rejected`] : [];
}

const countRows = (database: DataSource, userPrefix: string): Promise<Row[]> =>
  database.query(
    `SELECT type, session_id AS session, count(*)::int AS count FROM audit_events
     WHERE user_id LIKE $1 AND type = ANY($2) GROUP BY type, session_id`,
    [`${userPrefix}%`, ONCE],
  );

/** Places in a chain that do not follow from the row before. */
export async function brokenLinks(database: DataSource): Promise<readonly string[]> {
  const rows = await database.query<{ chain: number; place: string }[]>(
    `SELECT chain, chain_seq AS place FROM (
       SELECT chain, chain_seq, previous_hash,
         lag(hash, 1, ''::varchar) OVER line AS hash_before, lag(chain_seq, 1, 0::bigint) OVER line AS seq_before
       FROM audit_events WINDOW line AS (PARTITION BY chain ORDER BY chain_seq)
     ) AS links
     WHERE previous_hash <> hash_before OR chain_seq <> seq_before + 1`,
  );
  return rows.map(({ chain, place }) => `audit row ${place} of chain ${chain} is out of line`);
}

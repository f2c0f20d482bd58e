import type { DataSource } from 'typeorm';
import { chainRows, GENESIS, type ChainTip } from '../../src/audit/audit-chain.js';
import { AuditEventRow } from '../../src/audit/audit-event-row.entity.js';
import type { AuditKey } from '../../src/audit/audit-key-ring.js';
import { toUnchainedRow } from '../../src/audit/audit-row.js';
import type { AuditEvent, AuditEventType } from '../../src/core/audit/audit-event.js';
import { shardOfSession } from '../../src/core/ids.js';
import type { Seeded } from './population.js';

const DAY_MS = 86_400_000;
const BATCH = 5_000;
const PARALLEL = 3;

type Kind = Pick<AuditEvent, 'type' | 'outcome' | 'initiator'> & { readonly reason?: string };

/** In a hundred events, so many of each; whatever is left are sign-ins. */
const KINDS: readonly (Kind & { readonly share: number })[] = [
  { type: 'session.revoked', outcome: 'success', initiator: 'user', reason: 'logout', share: 22 },
  { type: 'session.expired', outcome: 'success', initiator: 'policy', reason: 'idle', share: 12 },
  { type: 'session.rotated', outcome: 'success', initiator: 'policy', share: 8 },
  { type: 'login.failed', outcome: 'failure', initiator: 'user', reason: 'password', share: 4 },
  {
    type: 'session.evicted',
    outcome: 'success',
    initiator: 'policy',
    reason: 'session-limit',
    share: 2,
  },
];
const SIGN_IN: Kind = { type: 'session.created', outcome: 'success', initiator: 'user' };
const RARE_KIND: Kind = {
  type: 'session.revoked',
  outcome: 'success',
  initiator: 'admin',
  reason: 'stolen-device',
};
const RARE_EVERY = 20_000;
const REPORT_TYPE: AuditEventType = 'admin.access_denied';

function kindOf(index: number): Kind {
  if (index % RARE_EVERY === 7) return RARE_KIND;
  if (index % RARE_EVERY === 9) return { type: REPORT_TYPE, outcome: 'failure', initiator: 'user' };
  let left = (index * 37) % 100;
  for (const kind of KINDS) {
    if (left < kind.share) return kind;
    left -= kind.share;
  }
  return SIGN_IN;
}

/** All within the last day, which is the most that the charts of the page count over unasked. */
function eventOf(
  index: number,
  count: number,
  { id, user, device }: Seeded,
  now: number,
): AuditEvent {
  const { type, outcome, initiator, reason } = kindOf(index);
  return {
    eventId: `seeded-${index}`,
    type,
    outcome,
    initiator,
    occurredAt: now - DAY_MS + Math.floor((index / count) * DAY_MS),
    ...user,
    sessionId: id,
    ...(reason !== undefined && { reason }),
    ...(initiator === 'admin' && { actorId: 'operator' }),
    ...(device.ip !== undefined && { ip: device.ip }),
    ...(device.userAgent !== undefined && { userAgent: device.userAgent }),
    ...(type === 'session.created' && { methods: ['pwd'] }),
  };
}

/**
 * Writes rows into an empty audit as the relay seals them, in their chains, but many a statement.
 * PostgreSQL only.
 */
export async function seedAudit(
  database: DataSource,
  key: AuditKey,
  sessions: readonly Seeded[],
  count: number,
): Promise<void> {
  const now = Date.now();
  const tips = new Map<number, ChainTip>();
  const writing = new Set<Promise<unknown>>();
  for (let first = 0; first < count; first += BATCH) {
    const length = Math.min(BATCH, count - first);
    const events = Array.from({ length }, (_, offset) => {
      const index = first + offset;
      return eventOf(index, count, sessions[(index * 13) % sessions.length]!, now);
    });
    if (writing.size >= PARALLEL) await Promise.race(writing);
    const written = insert(database, sealed(events, tips, key, now)).finally(() =>
      writing.delete(written),
    );
    writing.add(written);
  }
  await Promise.all(writing);
  await database.query('VACUUM ANALYZE audit_events');
}

/** Rows of several chains, each behind its chain's tip, which moves. */
function sealed(
  events: readonly AuditEvent[],
  tips: Map<number, ChainTip>,
  key: AuditKey,
  now: number,
): readonly AuditEventRow[] {
  const byChain = new Map<number, AuditEvent[]>();
  for (const event of events) {
    const chain = shardOfSession(event.sessionId!);
    byChain.set(chain, [...(byChain.get(chain) ?? []), event]);
  }
  return [...byChain].flatMap(([chain, ofChain]) => {
    const unchained = ofChain.map((event) => toUnchainedRow(event, now));
    const rows = chainRows(chain, tips.get(chain) ?? GENESIS, unchained, key);
    tips.set(chain, rows.at(-1)!);
    return rows;
  });
}

async function insert(database: DataSource, rows: readonly AuditEventRow[]): Promise<void> {
  const { columns } = database.getMetadata(AuditEventRow);
  const objects = rows.map((row) =>
    Object.fromEntries(
      columns.map(({ propertyName, databaseName, type }) => {
        const value = row[propertyName as keyof AuditEventRow];
        const isJson = type === 'simple-json' && value !== null;
        return [databaseName, isJson ? JSON.stringify(value) : value];
      }),
    ),
  );
  await database.query(
    'INSERT INTO audit_events SELECT * FROM json_populate_recordset(NULL::audit_events, $1)',
    [JSON.stringify(objects)],
  );
}

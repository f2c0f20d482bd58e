import type { FoundSession } from '../../src/core/session-store.js';
import { lapseOf } from '../../src/core/policy/session-policy.js';
import type { Clock } from '../../src/core/clock.js';
import { anOperation } from 'nestjs-gatehouse/testing';
import { balanceAudit, brokenLinks, type AuditBalance } from './audit-check.js';
import { disagreements } from './index-check.js';
import type { LedgerEntry } from './ledger.js';
import type { Stage } from './stage.js';
import type { Tally } from './tally.js';
import type { Traffic } from './traffic.js';

const SWEEP_BUDGET = 1_000;
const LONGER_THAN_ANY_SESSION_MS = 24 * 60 * 60 * 1_000;
/** Sessions of each kind that are also asked for over HTTP, at every node. */
const SAMPLE = 10;

export interface Inspected {
  readonly stage: Stage;
  readonly traffic: Traffic;
  readonly tally: Tally;
  readonly userPrefix: string;
}

/** Holds the store, its indexes and the audit against the ledger, when all is quiet again. */
export async function inspect(inspected: Inspected): Promise<AuditBalance> {
  const { stage, traffic, tally, userPrefix } = inspected;
  await sweepAll(stage);
  for (const told of await disagreements(stage.redis, stage.prefix, clock.now()))
    tally.violate(told);
  const { entries } = traffic.ledger;
  const found = await stage.store.findMany(entries.map(({ id }) => id));
  for (const entry of entries) judge(entry, found.get(entry.id), tally);
  await askSample(inspected);
  const balance = await balanceAudit({
    database: stage.database,
    userPrefix,
    entries,
    dead: endedIn(entries, found),
  });
  for (const told of balance.told) tally.lose(told);
  for (const told of await brokenLinks(stage.database)) tally.violate(told);
  return balance;
}

const clock: Clock = { now: () => Date.now() };

async function sweepAll({ store }: Stage, at: Clock = clock): Promise<void> {
  for (let shard = 0; shard < store.shards; shard += 1)
    while ((await store.sweep(shard, SWEEP_BUDGET, anOperation(at))).more);
}

/** When all sessions are past their deadlines, a sweep leaves nothing in any index. */
export async function remainsAfterAll(stage: Stage): Promise<readonly string[]> {
  const later = { now: () => clock.now() + LONGER_THAN_ANY_SESSION_MS };
  await sweepAll(stage, later);
  return disagreements(stage.redis, stage.prefix, later.now());
}

function judge(entry: LedgerEntry, found: FoundSession | undefined, tally: Tally): void {
  const { id, killing, acknowledgedValue, attemptedValue } = entry;
  const live = liveIn(found);
  if (!live) {
    if (killing === 'none') tally.sessionLost(id, 'the store does not have it');
    return;
  }
  if (killing === 'acknowledged') tally.killUndone(id);
  const value = Number(live.data['value'] ?? 0);
  if (value < acknowledgedValue) tally.writeLost(id);
  if (value > attemptedValue) tally.violate(`session ${id} holds what nobody wrote`);
}

function liveIn(found: FoundSession | undefined) {
  if (found?.session.state !== 'active') return undefined;
  return lapseOf(found.session, found.shardEpoch, clock.now()) ? undefined : found.session;
}

/** Those that must have left an event of their end; sessions of an old epoch may still be there. */
const endedIn = (
  entries: readonly LedgerEntry[],
  found: ReadonlyMap<string, FoundSession>,
): ReadonlySet<string> =>
  new Set(
    entries
      .filter(({ id, killing }) => {
        const session = found.get(id)?.session;
        return session ? session.state !== 'active' : killing === 'acknowledged';
      })
      .map(({ id }) => id),
  );

async function askSample({ stage, traffic, tally }: Inspected): Promise<void> {
  const { ledger } = traffic;
  for (const node of stage.nodes) {
    for (const entry of ledger.of('acknowledged').slice(-SAMPLE)) await traffic.read(entry, node);
    for (const entry of ledger.of('none').slice(-SAMPLE))
      if (!(await traffic.read(entry, node)) && entry.killing === 'none')
        tally.violate(`session ${entry.id} is not let in at ${node.url}`);
  }
}

import {
  requestCosts,
  serviceCosts,
  sweepCost,
  type RequestCosts,
  type ServiceCosts,
  type SweepCost,
} from './costs.js';
import { LoadedStore } from './loaded-store.js';
import { memorySince, sampleKeys, usedMemory, type Memory } from './memory.js';
import { referenceSession, shortSession, userAt } from './reference-session.js';
import { effortOf, millisecondsOf, type Cost } from './timing.js';

export interface OurResult {
  /** The version of the server. */
  readonly redis: string;
  readonly memory: Memory;
  /** Of an ended session, for as long as it is remembered, without Redis' tables. */
  readonly tombstoneBytes: number;
  /** With the audit on and a limit of five; the effort is of one session. */
  readonly load: Pick<Cost, 'longestMs' | 'processorMicros'> & { readonly perSecond: number };
  readonly costs: RequestCosts & ServiceCosts;
  readonly sweep: SweepCost;
}

/** What the driver and the service cost with so many sessions in Redis. */
export async function measureOurs(sessions: number): Promise<OurResult> {
  const loaded = await LoadedStore.open(sessions);
  try {
    await loaded.create(shortSession(0, userAt(loaded.users), loaded.store.shards));
    const before = await usedMemory(loaded);
    let loadMs = 0;
    const effort = await loaded.redis.observe(async () => {
      loadMs = await millisecondsOf(() => loaded.load(sessions, 0, referenceSession));
    });
    const keys = await sampleKeys(loaded);
    const memory = await memorySince(before, loaded, keys);
    const perSecond = Math.round(sessions / (loadMs / 1_000));
    const load = { perSecond, ...effortOf(effort, sessions) };
    const costs = { ...(await requestCosts(loaded)), ...(await serviceCosts(loaded)) };
    const tombstone = (await loaded.redis.memoryOf(keys.records)) / keys.records.length;
    const sweep = await sweepCost(loaded);
    const redis = await loaded.redis.version();
    return { redis, memory, tombstoneBytes: Math.round(tombstone), load, costs, sweep };
  } finally {
    await loaded.close();
  }
}

import { NestFactory } from '@nestjs/core';
import { SessionModule, SessionService, type SessionId } from '../../src/index.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { PREFIX, type LoadedStore } from './loaded-store.js';
import { SESSIONS_A_USER, shortSession } from './reference-session.js';
import { costOf, effortOf, inParallel, millisecondsOf, rounded, type Cost } from './timing.js';

const [MANY, SOME, FEW] = [2_000, 500, 100];
const PAGE = 50;
const EXPIRED = 10_000;
const SWEEP_BUDGET = 100;
/** As many as the sweeper has under way. */
const SHARDS_AT_ONCE = 2;
const LATER_MS = 10 * 60_000;

/** The effort is of one session. */
export interface SweepCost extends Pick<Cost, 'longestMs' | 'processorMicros'> {
  readonly sessions: number;
  readonly totalMs: number;
}

export interface ServiceCosts {
  /** A user's sessions. */
  readonly list: Cost;
  /** Fifty of everybody's, the newest. */
  readonly page: Cost;
  /** Ending all of a user's. */
  readonly end: Cost;
}

/** As an application asks for them, audit included. Ends the sessions of some users. */
export async function serviceCosts(loaded: LoadedStore): Promise<ServiceCosts> {
  const application = await NestFactory.createApplicationContext(
    SessionModule.forRoot({
      secret: 'a secret of thirty-two characters',
      store: redisStore(loaded.redis.connect(), { prefix: PREFIX }),
      adminIndex: true,
      sweepInterval: '1h',
    }),
    { logger: false },
  );
  const service = application.get(SessionService);
  const list = await costOf(loaded.redis, MANY, (index) =>
    service.list(loaded.userAt(index), { limit: PAGE }),
  );
  const page = await costOf(loaded.redis, FEW, () => service.search({}, { limit: PAGE }));
  const end = await costOf(loaded.redis, SOME, (index) =>
    service.revokeAll(loaded.userAt(index), { reason: 'admin-request' }),
  );
  await application.close();
  return { list, page, end };
}

export interface RequestCosts {
  readonly find: Cost;
  readonly touch: Cost;
  readonly save: Cost;
}

/** What a request asks of the driver. */
export async function requestCosts(loaded: LoadedStore): Promise<RequestCosts> {
  const { redis, store } = loaded;
  const ids: SessionId[] = [];
  for (let index = 0; index < SOME; index += 1) {
    const found = await store.list(loaded.userAt(index), { limit: SESSIONS_A_USER }, Date.now());
    ids.push(...found.items.map(({ id }) => id));
  }
  const idAt = (index: number): SessionId => ids[index % ids.length]!;
  const find = await costOf(redis, MANY, (index) => store.find(idAt(index)));
  const touch = await costOf(redis, MANY, (index) => store.touch(idAt(index), loaded.operation()));
  const save = await costOf(redis, MANY, (index) =>
    store.save({ id: idAt(index), set: { visits: '1' }, remove: [] }, loaded.operation()),
  );
  return { find, touch, save };
}

/** The rounds of a sweeper with nothing between them, over as many sessions as have just expired. */
export async function sweepCost(loaded: LoadedStore): Promise<SweepCost> {
  const { redis, store, users } = loaded;
  await loaded.load(EXPIRED, users + 1, shortSession);
  let ended = 0;
  let totalMs = 0;
  const effort = await redis.observe(async () => {
    totalMs = await millisecondsOf(() =>
      inParallel(store.shards, SHARDS_AT_ONCE, async (shard) => {
        const swept = await sweepShard(loaded, shard);
        ended += swept;
      }),
    );
  });
  if (ended < EXPIRED) throw new Error(`${EXPIRED - ended} sessions were not swept`);
  return { sessions: ended, totalMs: rounded(totalMs, 0), ...effortOf(effort, ended) };
}

async function sweepShard(loaded: LoadedStore, shard: number): Promise<number> {
  let ended = 0;
  for (let more = true; more;) {
    const operation = { ...loaded.operation(), now: Date.now() + LATER_MS };
    const swept = await loaded.store.sweep(shard, SWEEP_BUDGET, operation);
    ended += swept.ended.length;
    more = swept.more;
  }
  return ended;
}

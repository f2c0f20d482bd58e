import { RedisStore } from 'connect-redis';
import { expressSession, SESSIONS_A_USER, userAt } from './reference-session.js';
import { ScaleRedis } from './scale-redis.js';
import { inParallel, millisecondsOf, rounded } from './timing.js';

const PARALLEL = 256;
const PREFIX = 'sess:';

export interface ConnectRedisResult {
  /** As it writes the reference session. */
  readonly written: number;
  readonly bytesPerSession: number;
  /** `all()` and a filter for one user's sessions, once. */
  readonly listMs: number;
}

/** The same sessions in connect-redis, which knows a user's only by reading everybody's. */
export async function measureConnectRedis(sessions: number): Promise<ConnectRedisResult> {
  const redis = await ScaleRedis.start();
  const client = redis.connect();
  try {
    const store = new RedisStore({ client, prefix: PREFIX });
    const before = await redis.usedMemory();
    await inParallel(sessions, PARALLEL, (index) =>
      store.set(sidOf(index), expressSession(index, userAt(index % (sessions / SESSIONS_A_USER)))),
    );
    const bytes = (await redis.usedMemory()) - before;
    const listMs = await millisecondsOf(() => listOne(store));
    return {
      written: await redis.client.strlen(`${PREFIX}${sidOf(0)}`),
      bytesPerSession: Math.round(bytes / sessions),
      listMs: rounded(listMs, 0),
    };
  } finally {
    client.disconnect();
    await redis.stop();
  }
}

/** As long as express-session's own. */
const sidOf = (index: number): string => `session-${index}`.padEnd(32, '-');

async function listOne(store: RedisStore): Promise<void> {
  const { userId } = userAt(1);
  const all = (await store.all()) as readonly { readonly passport: { readonly user: string } }[];
  const found = all.filter(({ passport }) => passport.user === userId);
  if (found.length !== SESSIONS_A_USER) throw new Error('The sessions of a user were not found');
}

import { Redis } from 'ioredis';
import { SessionStoreUnavailableError } from '../../core/errors.js';
import { newSessionId } from '../../core/ids.js';
import { someSettings } from '../../testing/index.js';
import {
  startPrivateTlsRedis,
  type PrivateTlsServer,
} from '../../../test/support/private-redis.js';
import { redisStore, type RedisSessionStore } from './redis-store.js';

const START_MS = 2_000;
const SLACK_MS = 500;

describe('a Redis store over TLS', () => {
  let server: PrivateTlsServer;
  let warnings: string[];
  let store: RedisSessionStore | undefined;

  beforeAll(async () => {
    server = await startPrivateTlsRedis();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    warnings = [];
  });
  afterEach(() => store?.close());

  const started = async (authority: string): Promise<RedisSessionStore> => {
    store = redisStore(new Redis(server.url, { tls: { ca: authority }, lazyConnect: true }));
    await store.start(someSettings({ warn: (message) => warnings.push(message) }));
    return store;
  };

  it('works with the authority that has signed the certificate of the server', async () => {
    const connected = await started(server.authority);

    expect(await connected.find(newSessionId(0))).toBeUndefined();
    expect(await connected.health()).toMatchObject({ available: true });
    expect(warnings).toEqual([]);
  });

  it('refuses another authority: says so, and is bounded', async () => {
    const other = await startPrivateTlsRedis();
    const begun = performance.now();

    const refusing = await started(other.authority);
    const startedAfterMs = performance.now() - begun;
    const reading = refusing.find(newSessionId(0));

    await expect(reading).rejects.toBeInstanceOf(SessionStoreUnavailableError);
    await expect(reading).rejects.toMatchObject({
      cause: { message: expect.stringContaining('certificate') },
    });
    expect(startedAfterMs).toBeLessThan(START_MS + SLACK_MS);
    expect(warnings).toEqual([expect.stringContaining('certificate')]);
    await other.stop();
  });
});

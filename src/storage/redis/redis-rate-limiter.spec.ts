import { openLimitedRedis, freshPrefix } from '../../../test/support/servers.js';
import { someSettings } from '../../testing/builders.js';
import { redisRateLimiter } from './redis-rate-limiter.js';
import { redisStore } from './redis-store.js';

const LIMIT = { name: 'unknown', points: 2, windowMs: 60_000 };

describe('a limit in Redis', () => {
  it.each(['redis', 'cluster'] as const)(
    'holds over all processes of one %s, with the documented permissions',
    async (kind) => {
      const prefix = freshPrefix();
      const clients = await Promise.all([openLimitedRedis(kind), openLimitedRedis(kind)]);
      const stores = clients.map((client) => redisStore(client, { prefix }));
      await Promise.all(stores.map((store) => store.start(someSettings())));
      const [here, there] = stores.map((store) => store.rateLimiter(LIMIT));

      const answers = [
        await here!.consume('192.0.2.1'),
        await there!.consume('192.0.2.1'),
        await here!.consume('192.0.2.1'),
        await here!.consume('2001:db8:0:1::/64'),
      ];

      await Promise.all(stores.map((store) => store.close()));
      for (const client of clients) client.disconnect();
      expect(answers.map(({ count }) => count)).toEqual([1, 2, 3, 1]);
      for (const { resetsInMs } of answers) {
        expect(resetsInMs).toBeGreaterThan(50_000);
        expect(resetsInMs).toBeLessThanOrEqual(60_000);
      }
    },
  );

  it('holds for each process by itself while Redis is away, and again for all when it is back', async () => {
    let away = true;
    let counted = 0;
    const limiter = redisRateLimiter(LIMIT, () => {
      if (away) return Promise.reject(new Error('away'));
      counted += 1;
      return Promise.resolve([counted, 60_000]);
    });

    const alone = [
      await limiter.consume('a'),
      await limiter.consume('a'),
      await limiter.consume('a'),
    ];
    away = false;
    const together = await limiter.consume('a');

    expect(alone.map(({ count }) => count)).toEqual([1, 2, 3]);
    expect(together).toEqual({ count: 1, resetsInMs: 60_000 });
  });

  it('holds for each process by itself before the store is started', async () => {
    const client = await openLimitedRedis('redis', { lazyConnect: true });
    const limiter = redisStore(client).rateLimiter(LIMIT);

    const answers = [await limiter.consume('a'), await limiter.consume('a')];

    client.disconnect();
    expect(answers.map(({ count }) => count)).toEqual([1, 2]);
  });
});

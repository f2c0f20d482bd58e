import type { Redis } from 'ioredis';
import { freshPrefix, openRedis } from '../../../test/support/servers.js';
import { RedisServer } from './redis-server.js';

/** A server whose clock is off: the real one, but for the answers to TIME. */
function withClockOff(redis: Redis, offsetMs: number): Redis {
  const answerTime = async (): Promise<Buffer[]> => {
    const now = Date.now() + offsetMs;
    return [Math.floor(now / 1_000), (now % 1_000) * 1_000].map((part) =>
      Buffer.from(String(part)),
    );
  };
  return new Proxy(redis, {
    get: (target, property) =>
      property === 'callBuffer' ? answerTime : (Reflect.get(target, property) as unknown),
  });
}

describe('what is known of the Redis server', () => {
  let redis: Redis;
  let warnings: string[];
  let server: RedisServer;

  beforeEach(() => {
    redis = openRedis();
    warnings = [];
    server = new RedisServer(freshPrefix(), undefined, (message) => warnings.push(message));
  });
  afterEach(() => redis.quit());

  it('has no clock offset that cannot be told from none', async () => {
    await server.measureClock(redis);

    expect(server.clockOffsetMs).toBe(0);
  });

  it.each([5_000, -5_000])(
    'has a clock offset of %i ms, and warns of it once',
    async (offsetMs) => {
      const off = withClockOff(redis, offsetMs);
      await server.measureClock(off);
      await server.measureClock(off);

      expect(Math.abs(server.clockOffsetMs - offsetMs)).toBeLessThan(20);
      expect(warnings).toEqual([expect.stringContaining('more than two seconds apart')]);
    },
  );

  it('puts a deadline on the clock of the server, rather too early than too late', async () => {
    await server.measureClock(withClockOff(redis, 60_000));

    const early = Date.now() + 60_000 + 1_000 - server.deadlineIn(1_000);

    expect(early).toBeGreaterThanOrEqual(0);
    expect(early).toBeLessThan(50);
  });
});

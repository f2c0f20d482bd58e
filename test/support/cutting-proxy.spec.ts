import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { startCuttingProxy, type CuttingProxy } from './cutting-proxy.js';
import { startPrivateRedis, type PrivateServer } from './private-redis.js';
import { redisProtocol } from './wire-protocol.js';

const BY_NAME = redisProtocol(() => undefined);

describe('a proxy that cuts connections', () => {
  let server: PrivateServer;
  let proxy: CuttingProxy;
  let direct: Redis;
  let client: Redis;

  beforeEach(async () => {
    server = await startPrivateRedis();
    proxy = await startCuttingProxy(server.port, BY_NAME);
    direct = new Redis(server.port);
    client = new Redis(proxy.port, {
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
    });
    client.on('error', () => undefined);
  });

  afterEach(async () => {
    client.disconnect();
    direct.disconnect();
    await proxy.close();
    await server.stop();
  });

  const isIncr = (name: string): boolean => name === 'incr';

  it('passes what nobody waits for, in order and whole', async () => {
    const long = 'é'.repeat(100_000);

    const answers = await Promise.all([
      client.set('key', long),
      client.get('key'),
      client.mget('key', 'nothing'),
    ]);

    expect(answers).toEqual(['OK', long, [long, null]]);
  });

  it('cuts between the execution of a command and its answer, after earlier answers', async () => {
    const stopped = proxy.stopAt('before-answer', isIncr);

    const earlier = client.set('earlier', '1');
    const counting = client.incr('count');
    (await stopped).cut();

    await expect(earlier).resolves.toBe('OK');
    await expect(counting).rejects.toThrow();
    expect(await direct.get('count')).toBe('1');
  });

  it.each(['before-request', 'within-request'] as const)(
    'cuts %s, and the command never happens',
    async (point) => {
      const stopped = proxy.stopAt(point, isIncr);

      const counting = client.incr('count');
      (await stopped).cut();

      await expect(counting).rejects.toThrow();
      expect(await direct.get('count')).toBeNull();
    },
  );

  it('lets go what it held back', async () => {
    const stopped = proxy.stopAt('before-answer', isIncr);
    const counting = client.incr('count');
    const later = client.incr('count');

    (await stopped).release();

    expect(await Promise.all([counting, later])).toEqual([1, 2]);
  });

  it('stops one connection only', async () => {
    const stopped = proxy.stopAt('before-answer', isIncr);
    const counting = client.incr('count').catch(() => 'cut');
    (await stopped).cut();
    await counting;

    const again = await new Promise<number>((resolve, reject) => {
      client.once('ready', () => void client.incr('count').then(resolve, reject));
    });

    expect(again).toBe(2);
  });
});

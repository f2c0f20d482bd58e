import { Controller, Delete, Get, Query } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { Public, SessionService, type SessionId } from '../../src/index.js';
import { redisStore, type RedisStoreOptions } from '../../src/storage/redis/index.js';
import { Browser } from '../support/browser.js';
import { startPrivateRedis, type PrivateServer } from '../support/private-redis.js';
import { sentCommands } from '../support/sent-commands.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';

/** Kept apart from a request's own session, of which nothing is asked here. */
@Controller()
class OfficeController {
  constructor(private readonly sessions: SessionService) {}

  @Get('ids')
  @Public()
  async list(@Query('user') userId: string): Promise<readonly SessionId[]> {
    const page = await this.sessions.list({ tenantId: '', userId }, { limit: 5 });
    return page.items.map(({ id }) => id);
  }

  @Delete('ids')
  @Public()
  async kill(@Query('id') id: SessionId): Promise<void> {
    await this.sessions.revoke(id, { reason: 'admin', initiator: 'admin' });
  }
}

let server: PrivateServer;
let redis: Redis;

beforeAll(async () => {
  server = await startPrivateRedis();
  redis = new Redis(server.url);
});

afterAll(async () => {
  await redis.quit();
  await server.stop();
});

interface Way extends RedisStoreOptions {
  readonly read: readonly string[];
  readonly change: readonly string[];
}

/** What follows a change where others keep sessions near is answered after its message has left. */
const WAYS: Readonly<Record<string, Way>> = {
  'without a near cache': { read: ['mget'], change: ['evalsha'] },
  'with a near cache': { nearCache: true, read: [], change: ['evalsha', 'exists'] },
};

describe.each(Object.entries(WAYS))(
  'commands that Redis is sent %s',
  (way, { read, change, ...options }) => {
    const prefix = way.replaceAll(' ', '-');
    let app: SessionApp;
    let browser: Browser;

    const sentBy = (request: () => Promise<unknown>): Promise<readonly string[]> =>
      sentCommands(redis, request, { mentioning: prefix, prepare: () => browser.get('/guarded') });
    const idsOfBob = async (): Promise<SessionId[]> =>
      (await new Browser(app.url).get('/ids?user=bob')).json<SessionId[]>();

    beforeAll(async () => {
      const store = redisStore(redis, { prefix, ...options });
      app = await startSessionApp({ store, audit: false }, { controllers: [OfficeController] });
      browser = new Browser(app.url);
      await browser.post('/login?user=alice');
      await browser.post('/data?seen=once');
      await browser.get('/guarded');
      for (let device = 0; device < 7; device += 1)
        await new Browser(app.url).post('/login?user=bob');
      const [first] = await idsOfBob();
      await new Browser(app.url).delete(`/ids?id=${first}`);
    });
    afterAll(() => app.close());

    it('are none for a visitor without a session', async () => {
      expect(await sentBy(() => new Browser(app.url).get('/data'))).toEqual([]);
    });

    it(`are ${read.length} for a request that reads its session`, async () => {
      expect(await sentBy(() => browser.get('/guarded'))).toEqual(read);
      expect(await sentBy(() => browser.get('/data'))).toEqual(read);
    });

    it('are two for a request that writes to it', async () => {
      let visits = 0;

      const sent = await sentBy(() => browser.post(`/data?visits=${++visits}`));

      expect(sent).toEqual([...read, ...change]);
      expect(sent).toHaveLength(2);
    });

    it('are one for a list of five', async () => {
      expect(await sentBy(idsOfBob)).toEqual(['evalsha']);
      expect(await idsOfBob()).toHaveLength(5);
    });

    it(`are ${change.length} for a kill`, async () => {
      const victims = await idsOfBob();

      const sent = await sentBy(() => new Browser(app.url).delete(`/ids?id=${victims.pop()}`));

      expect(sent).toEqual(change);
      expect(victims).toHaveLength(2);
    });
  },
);

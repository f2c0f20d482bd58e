import { sign } from 'cookie-signature';
import { newSessionId, newSessionToken } from '../../src/core/ids.js';
import { memoryStore } from '../../src/storage/memory/index.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { Browser } from '../support/browser.js';
import { freshPrefix, openRedis } from '../support/servers.js';
import { SECRET, startSessionApp } from '../support/session-app.js';
import { withInstead } from '../support/stores.js';

describe('V2.4 automation', () => {
  it('V2.4.1 one address opens so many anonymous sessions in a minute, over all nodes', async () => {
    const client = openRedis();
    const prefix = freshPrefix();
    const limited = { anonymousSessionsPerMinute: 4, audit: false } as const;
    const nodes = [
      await startSessionApp({ ...limited, store: redisStore(client, { prefix, shards: 2 }) }),
      await startSessionApp({ ...limited, store: redisStore(client, { prefix, shards: 2 }) }),
    ];

    const statuses: number[] = [];
    for (let visit = 0; visit < 6; visit += 1) {
      const browser = new Browser(nodes[visit % 2]!.url);
      statuses.push((await browser.post('/data?colour=red')).status);
    }
    for (const node of nodes) await node.close();
    await client.quit();

    expect(statuses).toEqual([201, 201, 201, 201, 429, 429]);
  });

  it('V2.4.1 visitors who write nothing leave nothing behind', async () => {
    const sut = await startSessionApp();

    for (let visit = 0; visit < 20; visit += 1) await new Browser(sut.url).get('/data');
    const { details } = await sut.sessions.health();
    await sut.close();

    expect(details['sessions']).toBe(0);
  });

  it('V2.4.1 who tries tokens costs a read each at most, and is refused before long', async () => {
    const store = memoryStore();
    let reads = 0;
    const find: typeof store.find = (id) => {
      reads += 1;
      return store.find(id);
    };
    const sut = await startSessionApp({ store: withInstead(store, { find }) });
    const id = newSessionId(0);

    const statuses: number[] = [];
    for (let guess = 0; guess < 120; guess += 1) {
      const browser = new Browser(sut.url);
      browser.cookies.set('sid', encodeURIComponent(`s:${sign(newSessionToken(id, 0), SECRET)}`));
      statuses.push((await browser.get('/guarded')).status);
    }
    await sut.close();

    expect(new Set(statuses.slice(0, 99))).toEqual(new Set([401]));
    expect(statuses.at(-1)).toBe(429);
    expect(reads).toBeLessThanOrEqual(101);
  });

  it('V2.4.1 a session grows no larger than it may', async () => {
    const sut = await startSessionApp({ maxDataBytes: 1_024 });
    const browser = new Browser(sut.url);
    await browser.post('/login?user=alice');

    const small = await browser.post(`/data?text=${'a'.repeat(900)}`);
    const large = await browser.post(`/data?text=${'b'.repeat(1_100)}`);
    const data = await browser.get('/data');
    await sut.close();

    expect(small.status).toBe(201);
    expect(large.json()).toMatchObject({ statusCode: 413, code: 'SESSION_DATA_TOO_LARGE' });
    expect(data.json()).toEqual({ text: 'a'.repeat(900) });
  });
});

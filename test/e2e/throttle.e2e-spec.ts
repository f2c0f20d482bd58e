import { afterEach, describe, expect, it } from '@jest/globals';
import { sign } from 'cookie-signature';
import type { Request } from 'express';
import {
  newSessionId,
  newSessionToken,
  parseSessionToken,
  type SessionId,
} from '../../src/core/ids.js';
import type { SessionModuleOptions } from '../../src/index.js';
import { memoryStore } from '../../src/storage/memory/index.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { Browser, type Answer } from '../support/browser.js';
import { freshPrefix, openRedis } from '../support/servers.js';
import { SECRET, startSessionApp, type SessionApp } from '../support/session-app.js';

const PER_SESSION = 100;
const PER_ADDRESS = 1_000;

const nodes: SessionApp[] = [];
const endings: (() => Promise<unknown>)[] = [];

async function startNode(options: Partial<SessionModuleOptions> = {}): Promise<SessionApp> {
  const node = await startSessionApp(options);
  node.app.set('trust proxy', 1);
  nodes.push(node);
  return node;
}

/** Two processes' worth of an application, on one Redis and one prefix. */
async function startTwoNodes(
  options: Partial<SessionModuleOptions> = {},
): Promise<{ readonly prefix: string; readonly both: readonly [SessionApp, SessionApp] }> {
  const prefix = freshPrefix();
  const start = (): Promise<SessionApp> => {
    const client = openRedis();
    endings.push(() => client.quit());
    return startNode({ ...options, store: redisStore(client, { prefix }) });
  };
  return { prefix, both: [await start(), await start()] };
}

/** Holds a token that is signed well and of no session that was ever stored. */
function aStranger(node: SessionApp, id: SessionId): Browser {
  const browser = new Browser(node.url);
  browser.cookies.set('sid', encodeURIComponent(`s:${sign(newSessionToken(id, 0), SECRET)}`));
  return browser;
}

const showUnknown = (node: SessionApp, id: SessionId, address = '192.0.2.1'): Promise<Answer> =>
  aStranger(node, id).get('/guarded', { headers: { 'x-forwarded-for': address } });

const openAnonymous = (node: SessionApp, address = '192.0.2.1'): Promise<Answer> =>
  new Browser(node.url).post('/data?colour=red', { headers: { 'x-forwarded-for': address } });

const times = <Result>(count: number, work: (index: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

/** Ten at a time. */
async function inBatches<Result>(
  count: number,
  work: (index: number) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  while (results.length < count)
    results.push(...(await times(10, (index) => work(results.length + index))));
  return results;
}

afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
  for (const end of endings.splice(0)) await end();
});

describe('with sessions in Redis, one address', () => {
  it('may show a token of an unknown session so often on all nodes together', async () => {
    const { both } = await startTwoNodes();
    const id = newSessionId(0);

    const allowed = await inBatches(PER_SESSION, (index) =>
      showUnknown(both[(index % 2) as 0 | 1], id),
    );
    const refused = await times(4, (index) => showUnknown(both[(index % 2) as 0 | 1], id));

    expect(new Set(allowed.map(({ status }) => status))).toEqual(new Set([401]));
    expect(refused.map(({ status }) => status)).toEqual([429, 429, 429, 429]);
    expect((await showUnknown(both[0], id, '192.0.2.2')).status).toBe(401);
    expect((await showUnknown(both[0], newSessionId(0))).status).toBe(401);
  });

  it('may open so many anonymous sessions on all nodes together', async () => {
    const { both } = await startTwoNodes({ anonymousSessionsPerMinute: 3 });

    const answers = [
      await openAnonymous(both[0]),
      await openAnonymous(both[1]),
      await openAnonymous(both[0]),
      await openAnonymous(both[1]),
      await openAnonymous(both[0]),
    ];

    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 429, 429]);
    expect(answers[3]?.json()).toMatchObject({ code: 'SESSION_THROTTLED' });
    expect(answers[3]?.setCookie).toBeUndefined();
    expect((await openAnonymous(both[0], '192.0.2.2')).status).toBe(201);
  });

  it('that shows too many unknown tokens locks out nobody who holds a good one', async () => {
    const { prefix, both } = await startTwoNodes();
    const redis = openRedis();
    endings.push(() => redis.quit());
    const headers = { 'x-forwarded-for': '192.0.2.1' };
    const honest = new Browser(both[0].url);
    await honest.post('/login?user=alice', { headers });
    await showUnknown(both[1], newSessionId(0));
    const [counter = ''] = await redis.keys(`${prefix}:t:unknown:*`);
    await redis.incrby(counter, PER_ADDRESS);

    const refused = await times(3, () => showUnknown(both[0], newSessionId(0)));
    const served = await times(3, () => honest.get('/guarded', { headers }));

    expect(refused.map(({ status }) => status)).toEqual([429, 429, 429]);
    expect(served.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('is counted for a minute, in keys that go by themselves', async () => {
    const { prefix, both } = await startTwoNodes();
    const redis = openRedis();
    endings.push(() => redis.quit());

    await showUnknown(both[0], newSessionId(0));

    const counters = await redis.keys(`${prefix}:t:*`);
    const lives = await Promise.all(counters.map((key) => redis.pttl(key)));
    expect(counters).toHaveLength(2);
    for (const life of lives) expect(life).toBeGreaterThan(0);
    for (const life of lives) expect(life).toBeLessThanOrEqual(60_000);
  });

  it('is not counted for what is no such event', async () => {
    const { prefix, both } = await startTwoNodes();
    const redis = openRedis();
    endings.push(() => redis.quit());
    const browser = new Browser(both[0].url);

    await browser.get('/data');
    await browser.post('/login?user=alice');
    await browser.post('/data?colour=red');
    await browser.get('/guarded');
    await browser.get('/sessions');
    await browser.post('/logout');
    await browser.get('/guarded');

    expect(await redis.keys(`${prefix}:t:*`)).toEqual([]);
  });
});

describe('from an address that shows too many tokens of no session', () => {
  const headers = { 'x-forwarded-for': '192.0.2.1' };

  async function attackedNode(id: SessionId): Promise<SessionApp> {
    const node = await startNode();
    await inBatches(PER_SESSION, () => showUnknown(node, id));
    return node;
  }

  it('a browser whose session is gone logs in all the same', async () => {
    const id = newSessionId(0);
    const node = await attackedNode(id);
    const browser = aStranger(node, id);

    const refused = await browser.get('/guarded', { headers });
    const login = await browser.post('/login?user=alice', { headers });

    expect(refused.status).toBe(429);
    expect(refused.json()).toMatchObject({ code: 'SESSION_THROTTLED' });
    expect(login.status).toBe(201);
    expect((await browser.get('/guarded', { headers })).status).toBe(200);
  });

  it('a request to an open route goes on as signed out, and its cookie stays as it is', async () => {
    const id = newSessionId(0);
    const node = await attackedNode(id);
    const browser = aStranger(node, id);

    const answers = [
      await browser.get('/data', { headers }),
      await browser.post('/data?colour=red', { headers }),
      await browser.post('/logout', { headers }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([200, 201, 201]);
    expect(answers.map(({ setCookie }) => setCookie)).toEqual([undefined, undefined, undefined]);
    expect((await browser.get('/data', { headers })).json()).toEqual({});
  });

  it('nobody loses a good cookie whose session is the one attacked', async () => {
    const node = await startNode();
    const honest = new Browser(node.url);
    await honest.post('/login?user=alice', { headers });
    const cookie = honest.cookies.get('sid')!;
    const token = decodeURIComponent(cookie).slice('s:'.length);
    const id = parseSessionToken(token.slice(0, token.lastIndexOf('.')))!.sessionId;
    await inBatches(PER_SESSION, () => showUnknown(node, id));

    const during = await honest.get('/guarded', { headers });
    await honest.post('/data?colour=red', { headers });

    expect(during.status).toBe(429);
    expect(honest.cookies.get('sid')).toBe(cookie);
    expect(
      (await honest.get('/guarded', { headers: { 'x-forwarded-for': '192.0.2.2' } })).status,
    ).toBe(200);
  });
});

describe('one address', () => {
  it.each([
    ['of a /64 of IPv6 is all of it', '2001:db8:0:1::1', '2001:db8:0:1:ffff:ffff:ffff:ffff', 429],
    ['of another /64 is another', '2001:db8:0:1::1', '2001:db8:0:2::1', 201],
    ['of IPv4 is the same when spelled as IPv6', '192.0.2.1', '::ffff:192.0.2.1', 429],
    ['next to it in IPv4 is another', '192.0.2.1', '192.0.2.2', 201],
    ['that is none is like any other that is none', 'unknown', '{0}: \t x', 429],
  ])('%s', async (_, first, second, status) => {
    const node = await startNode({ anonymousSessionsPerMinute: 1 });
    await openAnonymous(node, first);

    expect((await openAnonymous(node, second)).status).toBe(status);
  });
});

describe('a source of many addresses', () => {
  const ADDRESSES = ['2001:db8:0:1::1', '2001:db8:0:1::2', '2001:db8:0:1:ffff::3'];

  it('in one /64 leaves one event a kind in the audit, as one address does', async () => {
    const store = memoryStore();
    const node = await startNode({ store });
    const headers = { 'sec-fetch-site': 'cross-site' };

    for (const ip of ADDRESSES) {
      await new Browser(node.url).post('/guarded-by-origin', {
        headers: { ...headers, 'x-forwarded-for': ip },
      });
      await node.sessions.recordFailedLogin({ headers: {}, ip } as Request);
    }

    const entries = await store.readOutbox(0, 10);
    expect(entries.map(({ event }) => [event.type, event.ip])).toEqual([
      ['csrf.rejected', ADDRESSES[0]],
      ['login.failed', ADDRESSES[0]],
    ]);
  });
});

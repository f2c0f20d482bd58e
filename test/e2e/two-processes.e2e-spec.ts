import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Browser } from '../support/browser.js';
import { startDemo, type DemoProcess } from '../support/demo-process.js';
import { startPrivatePostgres, type PrivateServer } from '../support/private-postgres.js';
import { startPrivateRedis } from '../support/private-redis.js';

const SESSION_SECRET = 'a-secret-that-both-processes-know!!';

const SERVERS = [
  { name: 'Redis', start: startPrivateRedis, variable: 'REDIS_URL' },
  { name: 'PostgreSQL', start: startPrivatePostgres, variable: 'DATABASE_URL' },
];

describe.each(SERVERS)('two processes on one $name', ({ start, variable }) => {
  let server: PrivateServer;
  let nodes: readonly [DemoProcess, DemoProcess];

  beforeAll(async () => {
    server = await start();
    const environment = { [variable]: server.url, SESSION_SECRET };
    // One after the other: the first migrates the database.
    nodes = [await startDemo(environment), await startDemo(environment)];
  });

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    await server.stop();
  });

  const logIn = async (browser: Browser, username: string): Promise<string> => {
    const body = new URLSearchParams({ username, password: `${username}-password` });
    const answer = await browser.post('/login', { body });
    return answer.json<{ sessionId: string }>().sessionId;
  };

  const at = (node: 0 | 1, from?: Browser): Browser => {
    const browser = new Browser(nodes[node].url);
    for (const [name, value] of from?.cookies ?? []) browser.cookies.set(name, value);
    return browser;
  };

  it('know each other’s sessions and what was written to them', async () => {
    const here = at(0);
    await here.get('/visits');
    await logIn(here, 'alice');

    const there = await at(1, here).get('/visits');

    expect(there.json()).toEqual({ visits: 2 });
  });

  it('a session killed on one is refused by the next request on the other', async () => {
    const operator = at(0);
    await logIn(operator, 'olivia');
    for (let round = 0; round < 20; round += 1) {
      const victim = at(1);
      const id = await logIn(victim, 'bob');

      const killed = await operator.delete(`/admin/sessions/${id}`);
      const next = await victim.get('/me');

      expect(killed.status).toBe(204);
      expect(next.status).toBe(401);
      expect(next.json()).toMatchObject({ code: 'SESSION_REVOKED', reason: 'ended-by-admin' });
    }
  });

  it('a change of password on one ends the other sessions on both', async () => {
    const [here, sameNode, otherNode] = [at(0), at(0), at(1)];
    for (const browser of [here, sameNode, otherNode]) await logIn(browser, 'alice');

    await here.post('/account/password', {
      body: new URLSearchParams({ password: 'alice-password', newPassword: 'alice-password' }),
    });
    const answers = await Promise.all([here, sameNode, otherNode].map((one) => one.get('/me')));

    expect(answers.map(({ status }) => status)).toEqual([200, 401, 401]);
  });
});

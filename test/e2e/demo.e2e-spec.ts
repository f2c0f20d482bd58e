import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { once } from 'node:events';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { AppModule } from '../../src/demo/app.module.js';
import { SessionWsAdapter } from '../../src/nest/ws/ws.js';
import { readConfiguration } from '../../src/demo/configuration.js';
import { CONFIGURATION } from '../../src/demo/configuration.module.js';
import { Browser, type Answer } from '../support/browser.js';
import { cookieOf } from '../support/graphql-socket.js';
import { OpenResponse } from '../support/live-nodes.js';
import { startPrivateRedis } from '../support/private-redis.js';
import { openDatabase } from '../support/servers.js';

const SESSION_SECRET = 'a-secret-of-at-least-32-characters!';

interface Place {
  readonly environment: NodeJS.ProcessEnv;
  drop(): Promise<void>;
}

const inFolder = async (environment: NodeJS.ProcessEnv = {}): Promise<Place> => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-demo-'));
  return {
    environment: { DATA_FOLDER: join(folder, 'data'), ...environment },
    drop: () => rm(folder, { recursive: true }),
  };
};

const onServer = async (kind: 'postgres' | 'mariadb'): Promise<Place> => {
  const database = await openDatabase(kind, { entities: [], migrations: [] });
  const { url } = database.options as { readonly url: string };
  return { environment: { DATABASE_URL: url, SESSION_SECRET }, drop: () => database.close() };
};

const PLACES: Readonly<Record<string, () => Promise<Place>>> = {
  SQLite: () => inFolder(),
  'memory and SQLite': () => inFolder({ MEMORY: '1' }),
  PostgreSQL: () => onServer('postgres'),
  MariaDB: () => onServer('mariadb'),
  'Redis and PostgreSQL': async () => {
    const [redis, sql] = await Promise.all([startPrivateRedis(), onServer('postgres')]);
    return {
      environment: { ...sql.environment, REDIS_URL: redis.url },
      drop: async () => {
        await Promise.all([redis.stop(), sql.drop()]);
      },
    };
  },
};

interface SessionRow {
  readonly id: string;
  readonly current: boolean;
}
type List<Item> = { readonly items: readonly Item[]; readonly nextCursor: string | null };
type AuditRow = Record<'type' | 'reason' | 'actorId' | 'sessionId' | 'initiator', string | null>;

describe.each(Object.keys(PLACES))('the demo on %s', (name) => {
  let place: Place;
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    place = await PLACES[name]!();
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(CONFIGURATION)
      .useValue(readConfiguration(place.environment))
      .compile();
    app = module.createNestApplication({ logger: false });
    app.useWebSocketAdapter(new SessionWsAdapter(app));
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    await app?.close();
    await place?.drop();
  });

  const send = (browser: Browser, path: string, body: unknown): Promise<Answer> =>
    browser.post(path, {
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  const logIn = async (user: string, browser = new Browser(url)): Promise<Browser> => {
    const login = await send(browser, '/login', { username: user, password: `${user}-password` });
    expect(login.status).toBe(200);
    return browser;
  };

  const idOf = async (browser: Browser): Promise<string> =>
    (await browser.get('/me')).json<{ sessionId: string }>().sessionId;

  const sessionsOf = async (browser: Browser, path = '/sessions'): Promise<readonly SessionRow[]> =>
    (await browser.get(path)).json<List<SessionRow>>().items;

  const auditOf = async (operator: Browser, query: string): Promise<readonly AuditRow[]> =>
    (await operator.get(`/admin/audit?${query}`)).json<List<AuditRow>>().items;

  /** Reads until the relay has brought as many rows as asked for. */
  const awaitAudit = async (
    operator: Browser,
    query: string,
    count: number,
  ): Promise<readonly AuditRow[]> => {
    let rows = await auditOf(operator, query);
    while (rows.length < count) rows = await auditOf(operator, query);
    return rows;
  };

  it('shows a page that only its own script may change', async () => {
    const page = await new Browser(url).get('/');

    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'sha256-[\w+/=]{44}'/);
    expect(page.text).toContain('<form id="login"');
    expect(page.setCookie).toBeUndefined();
  });

  it('counts the visits of somebody it does not know', async () => {
    const browser = new Browser(url);

    const first = await browser.get('/visits');
    const second = await browser.get('/visits');

    expect(first.setCookie).toBeDefined();
    expect(first.json()).toEqual({ visits: 1 });
    expect(second.json()).toEqual({ visits: 2 });
    expect((await browser.get('/me')).json()).toMatchObject({ code: 'SESSION_REQUIRED' });
  });

  it('keeps the visits at login, and refuses the token from before', async () => {
    const browser = new Browser(url);
    await browser.get('/visits');
    const before = browser.copy();

    const login = await send(browser, '/login', { username: 'bob', password: 'bob-password' });

    expect(login.status).toBe(200);
    expect(login.json()).toEqual({ userId: 'bob', sessionId: await idOf(browser) });
    expect(browser.cookies).not.toEqual(before.cookies);
    expect((await browser.get('/visits')).json()).toEqual({ visits: 2 });
    const late = await before.get('/me');
    expect(late.status).toBe(401);
    expect(late.setCookie).toBeUndefined();
  });

  it('takes a form as well, and sends a browser back to the page', async () => {
    const form = { method: 'POST', body: new URLSearchParams({ username: 'bob', password: '' }) };
    form.body.set('password', 'bob-password');
    const browser = new Browser(url);

    const script = await new Browser(url).post('/login', form);
    const page = await browser.post('/login', { ...form, headers: { accept: 'text/html' } });

    expect(script.json()).toMatchObject({ userId: 'bob' });
    expect(page.status).toBe(303);
    expect(page.headers.get('location')).toBe('/');
    expect((await browser.get('/me')).json()).toMatchObject({ userId: 'bob', name: 'Bob' });
  });

  it('lists where one is signed in, and ends another device', async () => {
    const [here, there] = [await logIn('alice'), await logIn('alice')];
    const thereId = await idOf(there);

    const listed = await here.get('/sessions');
    const ended = await here.delete(`/sessions/${thereId}`);
    const refused = await there.get('/me');

    const { items } = listed.json<List<SessionRow>>();
    expect(items.find(({ id }) => id === thereId)).toMatchObject({ current: false });
    expect(items.filter(({ current }) => current)).toMatchObject([{ id: await idOf(here) }]);
    for (const browser of [here, there])
      for (const cookie of browser.cookies.values())
        expect(listed.text).not.toContain(secretIn(cookie));
    expect(ended.status).toBe(204);
    expect(refused.status).toBe(401);
    expect(refused.json()).toMatchObject({ code: 'SESSION_REVOKED' });
  });

  it('signs out, and leaves no cookie', async () => {
    const browser = await logIn('bob');

    const logout = await browser.post('/logout');

    expect(logout.status).toBe(204);
    expect(logout.setCookie).toBe('');
    expect((await browser.get('/me')).json()).toMatchObject({ code: 'SESSION_REQUIRED' });
  });

  it('ends the other sessions when the password changes, and gives this one a new token', async () => {
    const [here, there] = [await logIn('alice'), await logIn('alice')];
    const id = await idOf(here);
    const before = here.copy();
    const change = { password: 'alice-password', newPassword: 'a-better-password' };

    const wrong = await send(here, '/account/password', { ...change, password: 'wrong' });
    const missing = await send(here, '/account/password', { password: 'alice-password' });
    const changed = await send(here, '/account/password', change);

    expect([wrong.status, missing.status, changed.status]).toEqual([403, 400, 200]);
    expect(wrong.json()).toMatchObject({ code: 'PASSWORD_WRONG' });
    expect((await there.get('/me')).json()).toMatchObject({ reason: 'credential-change' });
    expect(await idOf(here)).toBe(id);
    expect((await before.get('/me')).status).toBe(401);
    const back = { password: 'a-better-password', newPassword: 'alice-password' };
    expect((await send(here, '/account/password', back)).status).toBe(200);
  });

  it('lets the operator list, end one, end all, and read the audit of it', async () => {
    const operator = await logIn('olivia');
    await operator.delete('/admin/users/alice/sessions');
    const [first, second, third] = [
      await logIn('alice'),
      await logIn('alice'),
      await logIn('alice'),
    ];
    const path = '/admin/users/alice/sessions';
    const firstId = await idOf(first);

    const listed = await sessionsOf(operator, path);
    const endedOne = await operator.delete(`/admin/sessions/${firstId}`);
    const refused = [await first.get('/me'), await second.get('/me')];
    const endedAll = await operator.delete(path);

    expect(listed).toHaveLength(3);
    expect(endedOne.status).toBe(204);
    expect(refused.map(({ status }) => status)).toEqual([401, 200]);
    expect(endedAll.json()).toEqual({ ended: 2 });
    for (const browser of [second, third]) expect((await browser.get('/me')).status).toBe(401);
    expect(await sessionsOf(operator, path)).toEqual([]);
    const rows = await awaitAudit(operator, `sessionId=${firstId}`, 2);
    expect(rows).toMatchObject([
      { type: 'session.revoked', reason: 'ended-by-admin', initiator: 'admin', actorId: 'olivia' },
      { type: 'session.created', initiator: 'user' },
    ]);
  });

  it('takes the chat and the clock away from a session that the operator ends', async () => {
    const [operator, ordinary] = [await logIn('olivia'), await logIn('bob')];
    const chat = new WebSocket(`${url.replace('http', 'ws')}/chat`, {
      headers: { cookie: cookieOf(ordinary.cookies) },
    });
    const said = once(chat, 'message');
    const closed = once(chat, 'close');
    await once(chat, 'open');
    const clock = await OpenResponse.open(`${url}/clock`, ordinary.cookies);
    await clock.received('"now"');
    chat.send(JSON.stringify({ event: 'say', data: 'hello' }));
    const [message] = (await said) as [Buffer];

    await operator.delete(`/admin/sessions/${await idOf(ordinary)}`);
    const [code, reason] = (await closed) as [number, Buffer];
    const text = await clock.ended;

    expect(JSON.parse(String(message))).toEqual({
      event: 'said',
      data: { userId: 'bob', text: 'hello' },
    });
    expect([code, String(reason)]).toEqual([4401, 'ended-by-admin']);
    expect(text).toContain('event: session-ended');
    expect(text).toContain('"ended-by-admin"');
  });

  it('lets nobody into the chat who is not signed in', async () => {
    const chat = new WebSocket(`${url.replace('http', 'ws')}/chat`);

    const [code, reason] = (await once(chat, 'close')) as [number, Buffer];

    expect([code, String(reason)]).toEqual([4401, 'SESSION_REQUIRED']);
  });

  it('shows the operator everybody, and refuses others', async () => {
    const operator = await logIn('olivia');
    const ordinary = await logIn('bob');

    const all = await operator.get('/admin/sessions');
    const forOrdinary = await ordinary.get('/admin/sessions');
    const forAnonymous = await new Browser(url).get('/admin/sessions');

    const users = all.json<List<{ userId: string }>>().items.map(({ userId }) => userId);
    expect(users).toEqual(expect.arrayContaining(['olivia', 'bob']));
    expect([forOrdinary.status, forAnonymous.status]).toEqual([403, 401]);
  });

  it('answers bad logins with what is wrong, and no cookie', async () => {
    const attempts = {
      wrong: { username: 'alice', password: 'wrong' },
      unknown: { username: 'no\u0000body', password: 'wrong' },
      missing: { username: 'alice' },
      nested: { username: { $ne: 1 }, password: ['x'] },
      malformed: '{"username":',
      huge: { username: 'alice', password: 'x'.repeat(101 * 1_024) },
    };

    const answers = await Promise.all(
      Object.values(attempts).map((body) => send(new Browser(url), '/login', body)),
    );

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 400, 400, 400, 413]);
    expect(answers.map(({ setCookie }) => setCookie)).toEqual(answers.map(() => undefined));
    expect(answers[0]!.text).toBe(answers[1]!.text);
    expect(answers[0]!.json()).toMatchObject({ code: 'LOGIN_FAILED' });
    for (const answer of answers)
      expect(answer.json()).toMatchObject({ statusCode: answer.status });
    const operator = await logIn('olivia');
    expect(await awaitAudit(operator, 'type=login.failed', 1)).toMatchObject([
      { type: 'login.failed', reason: 'bad-credentials' },
    ]);
  });

  it('refuses changes that another site asks a browser for', async () => {
    const browser = await logIn('bob');
    const foreign = { headers: { 'sec-fetch-site': 'cross-site' } };

    const answers = [
      await browser.post('/login', foreign),
      await browser.post('/logout', foreign),
      await browser.post('/account/password', foreign),
      await browser.delete('/sessions', foreign),
    ];

    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect((await browser.get('/me')).status).toBe(200);
  });
});

/** What of a cookie's token is not the session id that it begins with. */
const secretIn = (cookie: string): string => {
  const [token = ''] = decodeURIComponent(cookie).slice('s:'.length).split('.');
  return token.slice(24);
};

import { Browser } from '../support/browser.js';
import { startAsvsApp, statusesOf, type AsvsApp } from './asvs-app.js';

/** What a page of another site can have a browser send without asking first (Fetch, "CORS-safelisted"). */
const SAFELISTED = [
  ['a form', 'application/x-www-form-urlencoded', 'reason=forged'],
  ['a form with files', 'multipart/form-data; boundary=x', '--x--'],
  ['JSON that calls itself text', 'text/plain', '{"filter":{"userId":"alice"}}'],
] as const;

const OWN = { 'sec-fetch-site': 'same-origin' };

const CHANGES = [
  ['POST', '/guarded-by-origin'],
  ['DELETE', '/sessions'],
  ['POST', '/admin/sessions/revoke'],
  ['DELETE', '/admin/users/alice/sessions'],
  ['POST', '/admin/sessions/revoke-everything'],
  ['POST', '/admin/users/alice/block'],
  ['DELETE', '/admin/users/alice/block'],
  ['POST', '/admin/audit/verify'],
] as const;

let sut: AsvsApp;
let operator: Browser;
let alice: Browser;
beforeEach(async () => {
  sut = await startAsvsApp();
  operator = await sut.signIn('operator');
  alice = await sut.signIn('alice');
});
afterEach(() => sut.close());

const send = (method: string, path: string, init: RequestInit) =>
  method === 'POST' ? operator.post(path, init) : operator.delete(path, init);

describe('V3.5 requests of other origins', () => {
  it.each(CHANGES)(
    'V3.5.1 %s %s is refused to another site, and recorded',
    async (method, path) => {
      const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };

      const answer = await send(method, path, { headers });

      expect(answer.json()).toMatchObject({ statusCode: 403, code: 'CSRF_REJECTED' });
      expect(await statusesOf([alice, operator])).toEqual([200, 200]);
      expect(await sut.events({ type: 'csrf.rejected' })).toMatchObject([
        { outcome: 'failure', details: { path } },
      ]);
    },
  );

  it.each<[string, Record<string, string>]>([
    ['a neighbour of the same site', { 'sec-fetch-site': 'same-site' }],
    ['an old browser on another origin', { origin: 'https://evil.example' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['an origin with a user', { origin: 'http://127.0.0.1@evil.example' }],
    ['an origin that begins like ours', { origin: 'http://127.0.0.1.evil.example' }],
    ['an origin on another port', { origin: 'http://127.0.0.1:1' }],
  ])('V3.5.1 %s is another origin', async (_name, headers) => {
    const answer = await operator.post('/guarded-by-origin', { headers });

    expect(answer.status).toBe(403);
  });

  it('V3.5.1 the application itself is let through', async () => {
    const { origin } = new URL(sut.url);

    const answers = [
      await operator.post('/guarded-by-origin', { headers: { 'sec-fetch-site': 'same-origin' } }),
      await operator.post('/guarded-by-origin', { headers: { origin } }),
    ];

    expect(answers.map(({ text }) => text)).toEqual(['changed', 'changed']);
  });

  it('V3.5.1 in strict mode a request that says nothing of its origin is refused too', async () => {
    const strict = await startAsvsApp({ csrf: { strict: true } });
    const browser = await strict.signIn('alice');

    const silent = await browser.post('/guarded-by-origin');
    const own = await browser.post('/guarded-by-origin', { headers: OWN });
    const [event] = await strict.events({ type: 'csrf.rejected' });
    await strict.close();

    expect([silent.status, own.status]).toEqual([403, 201]);
    expect(event).toMatchObject({ reason: 'origin-missing', outcome: 'failure' });
  });

  it('V3.5.1 in token mode a request needs a token of its own session', async () => {
    const app = await startAsvsApp({ csrf: { token: true } });
    const [browser, thief] = [await app.signIn('alice'), await app.signIn('mallory')];
    const tokens = [browser, browser, thief].map((one) => one.get('/account/csrf-token'));
    const [first, second, stolen] = (await Promise.all(tokens)).map(({ text }) => text);

    const statuses: number[] = [];
    for (const token of [undefined, '', 'x', stolen, `${first}x`, first, second]) {
      const headers = { ...OWN, ...(token !== undefined && { 'x-csrf-token': token }) };
      statuses.push((await browser.post('/guarded-by-origin', { headers })).status);
    }
    await app.close();

    expect(first).not.toBe(second);
    expect(statuses).toEqual([403, 403, 403, 403, 403, 201, 201]);
  });

  it.each(SAFELISTED)(
    'V3.5.2 %s changes nothing, for it is refused before it is read',
    async (...row) => {
      const [, type, body] = row;
      const headers = { 'content-type': type, origin: 'https://evil.example' };

      const answer = await operator.post('/admin/sessions/revoke', { headers, body });

      expect(answer.json()).toMatchObject({ code: 'CSRF_REJECTED' });
      expect(await statusesOf([alice])).toEqual([200]);
    },
  );

  it('V3.5.2 a preflight is granted nothing', async () => {
    const preflight = await fetch(`${sut.url}/sessions`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'DELETE' },
    });

    expect([...preflight.headers.keys()].join()).not.toContain('access-control');
  });

  it.each([
    '/sessions',
    '/admin/sessions',
    '/admin/users/alice/sessions',
    '/admin/users/alice/block',
  ])('V3.5.3 GET and HEAD of %s change nothing, whatever method they claim to be', async (path) => {
    const headers = { 'x-http-method-override': 'DELETE', 'x-http-method': 'DELETE' };

    for (const query of ['', '?_method=DELETE', '?reason=forged'])
      for (const method of ['GET', 'HEAD'])
        await fetch(`${sut.url}${path}${query}`, {
          method,
          headers: { ...headers, cookie: `sid=${operator.cookies.get('sid')}` },
        });

    expect(await statusesOf([alice, operator])).toEqual([200, 200]);
    expect(await sut.events({ type: ['session.revoked', 'user.blocked'] })).toEqual([]);
  });

  it('V3.5.3 what is changed by POST or DELETE is there under no safe method', async () => {
    const answers = await Promise.all([
      operator.get('/admin/sessions/revoke'),
      operator.get('/admin/sessions/revoke-everything'),
      operator.get('/sessions/AAAAAAAAAAAAAAAAAAAAAAAA'),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
  });
});

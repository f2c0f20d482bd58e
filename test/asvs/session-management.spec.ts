import { sign } from 'cookie-signature';
import { newSessionId, newSessionToken } from '../../src/core/ids.js';
import type { SessionRecord } from '../../src/core/session-record.js';
import { memoryStore } from '../../src/storage/memory/index.js';
import { Browser, type Answer } from '../support/browser.js';
import { SECRET, startSessionApp, type SessionApp } from '../support/session-app.js';
import { withInstead } from '../support/stores.js';
import { WatchedStore } from '../support/watched-store.js';
import { startAsvsApp, statusesOf, userNamed, type AsvsApp } from './asvs-app.js';

const tokenIn = (cookie: string): string => decodeURIComponent(cookie).slice(2, 74);
const cookieOf = (browser: Browser): string => browser.cookies.get('sid') ?? '';
const signed = (value: string, secret = SECRET): string =>
  encodeURIComponent(`s:${sign(value, secret)}`);

let sut: AsvsApp;
beforeEach(async () => {
  sut = await startAsvsApp();
});
afterEach(() => sut.close());

async function withApp<Result>(
  options: Parameters<typeof startSessionApp>[0],
  use: (app: SessionApp) => Promise<Result>,
): Promise<Result> {
  const app = await startSessionApp({ clock: sut.clock, ...options });
  try {
    return await use(app);
  } finally {
    await app.close();
  }
}

async function withAsvsApp<Result>(
  options: Parameters<typeof startAsvsApp>[0],
  use: (app: AsvsApp) => Promise<Result>,
): Promise<Result> {
  const app = await startAsvsApp(options);
  try {
    return await use(app);
  } finally {
    await app.close();
  }
}

describe('V7.1 documentation', () => {
  it('V7.1.1 the policy in force is printed with its deviations from NIST SP 800-63B and their justification', async () => {
    const policy = 'nist-aal2' as const;
    const looser = { policy, idleTimeout: '2h', selfService: false } as const;

    const refused = startSessionApp(looser);
    const twice = { ...looser, absoluteTimeout: '25h', justification: 'Ward stations.' } as const;
    const refusedTwice = startSessionApp(twice);
    const text = await withApp({ ...looser, justification: 'Ward stations.' }, (app) =>
      Promise.resolve(app.sessions.describePolicy().text),
    );

    await expect(refused).rejects.toMatchObject({
      code: 'SESSION_CONFIG_INVALID',
      option: 'idleTimeout',
    });
    await expect(refusedTwice).rejects.toMatchObject({ option: 'justification' });
    expect(text).toContain('ends after 2h of silence, and 24h after the last proof of identity');
    expect(text).toContain('idleTimeout is 2h, looser than the 1h of the preset');
    expect(text).toContain('Justification: Ward stations.');
  });

  it.each(['nist-aal1', 'nist-aal2', 'nist-aal3'] as const)(
    'V7.1.1 what is printed of %s is what happens',
    async (policy) => {
      await withApp({ policy }, async ({ url, sessions }) => {
        const { idleTimeoutMs } = sessions.describePolicy();
        const [busy, silent] = [new Browser(url), new Browser(url)];
        for (const browser of [busy, silent]) await browser.post('/login?user=alice');

        sut.clock.advance(idleTimeoutMs - 1);
        const before = await statusesOf([busy]);
        sut.clock.advance(1);
        const after = await silent.get('/guarded');

        expect(before).toEqual([200]);
        expect(after.json()).toMatchObject({
          code: 'SESSION_EXPIRED',
          reason: policy === 'nist-aal1' ? 'absolute' : 'idle',
        });
      });
    },
  );

  it.each([
    ['evict-oldest', 'ends the session of the user seen least recently', [201, [401, 200, 200]]],
    ['reject', 'is refused', [409, [200, 200, 401]]],
  ] as const)(
    'V7.1.2 the limit is printed with its action "%s", and both are what happens',
    async (onLimit, action, expected) => {
      await withApp({ maxSessionsPerUser: 2, onLimit }, async ({ url, sessions }) => {
        const browsers = [0, 1, 2].map(() => new Browser(url));

        const { text } = sessions.describePolicy();
        const logins: Answer[] = [];
        for (const browser of browsers) {
          sut.clock.advance('1s');
          logins.push(await browser.post('/login?user=alice'));
        }
        const states = await statusesOf(browsers);

        expect(text).toContain(`2 sessions at once. A login beyond that ${action}.`);
        expect([logins[2]!.status, states]).toEqual(expected);
      });
    },
  );
});

describe('V7.2 fundamentals', () => {
  it('V7.2.1 a token is judged by the server alone: nothing that a client makes up is one', async () => {
    const alice = await sut.signIn('alice');
    const token = tokenIn(cookieOf(alice));
    const madeUp = [
      signed(newSessionToken(newSessionId(0), 0)),
      signed(token, 'another-secret-of-at-least-32-chars!'),
      encodeURIComponent(`s:${token}`),
      token,
      signed(`${token.slice(0, 24)}${'A'.repeat(48)}`),
      signed(JSON.stringify({ userId: 'alice' })),
    ];

    const answers = [];
    for (const cookie of madeUp) {
      const thief = sut.browser();
      thief.cookies.set('sid', cookie);
      answers.push((await thief.get('/guarded')).json());
    }

    expect(answers).toHaveLength(madeUp.length);
    for (const answer of answers) expect(answer).toMatchObject({ code: 'SESSION_REQUIRED' });
    expect(await statusesOf([alice])).toEqual([200]);
  });

  it('V7.2.1 a good token is worth nothing once the server has ended its session', async () => {
    const alice = await sut.signIn('alice');

    await sut.sessions.revokeAll(userNamed('alice'), { reason: 'test' });

    expect(await statusesOf([alice])).toEqual([401]);
  });

  it('V7.2.2 tokens are made anew for each session; what never changes opens none', async () => {
    const [first, second] = [await sut.signIn('alice'), await sut.signIn('alice')];
    const { id } = (await first.get('/session')).json<{ id: string }>();

    const answers = await Promise.all([
      sut.browser().get('/guarded', { headers: { authorization: `Bearer ${SECRET}` } }),
      sut.browser().get('/guarded', { headers: { authorization: `Bearer ${id}` } }),
      sut.browser().get('/guarded', { headers: { cookie: `sid=${id}` } }),
      sut.browser().get('/guarded', { headers: { cookie: `sid=${signed(id)}` } }),
    ]);

    expect(cookieOf(first)).not.toBe(cookieOf(second));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  });

  it('V7.2.3 tokens are unique, and each of their 128 and 256 random bits is drawn', async () => {
    const tokens: string[] = [];
    for (let count = 0; count < 128; count += 1) {
      const answer = await sut.browser().post('/data?colour=red');
      tokens.push(tokenIn(answer.setCookie!));
    }

    const bytes = tokens.map((token) => Buffer.from(token, 'base64url'));
    const isDrawn = (bit: number): boolean =>
      new Set(bytes.map((each) => (each[bit >> 3]! >> (bit & 7)) & 1)).size === 2;
    const drawn = Array.from({ length: 54 * 8 }, (_, bit) => bit).filter(isDrawn);

    expect(new Set(tokens).size).toBe(128);
    expect(drawn.filter((bit) => bit >= 2 * 8 && bit < 18 * 8)).toHaveLength(128);
    expect(drawn.filter((bit) => bit >= 22 * 8)).toHaveLength(256);
  });

  it.each([
    ['a login of a visitor', '/data?colour=red', '/login?user=alice'],
    ['a login as the same user', '/login?user=alice', '/login?user=alice'],
    ['a login as another user', '/login?user=bob', '/login?user=alice'],
    ['a re-authentication', '/login?user=alice', '/reauthenticate'],
  ])('V7.2.4 %s brings a new token and ends the old', async (_name, before, authentication) => {
    const browser = sut.browser();
    await browser.post(before);
    const copy = browser.copy();

    await browser.post(authentication);
    sut.clock.advance('61s');

    expect(cookieOf(browser)).not.toBe(cookieOf(copy));
    expect(await statusesOf([browser])).toEqual([200]);
    expect((await copy.get('/data')).json()).toEqual({});
    expect(await statusesOf([copy])).toEqual([401]);
  });
});

describe('V7.3 timeouts', () => {
  it('V7.3.1 silence ends a session, and not before its time', async () => {
    const [active, silent] = [await sut.signIn('alice'), await sut.signIn('alice')];

    sut.clock.advance('29m');
    const within = await statusesOf([active]);
    sut.clock.advance('1m');

    expect(within).toEqual([200]);
    expect(await statusesOf([active, silent])).toEqual([200, 401]);
    expect((await silent.get('/guarded')).json()).toMatchObject({
      code: 'SESSION_EXPIRED',
      reason: 'idle',
    });
  });

  it('V7.3.1 what a page asks for by itself is no activity', async () => {
    const browser = await sut.signIn('alice');

    sut.clock.advance('20m');
    const polled = await browser.get('/passive');
    sut.clock.advance('10m');

    expect(polled.status).toBe(200);
    expect(await statusesOf([browser])).toEqual([401]);
  });

  it('V7.3.2 age ends a session however busy it is, and only a proof of identity renews it', async () => {
    const [busy, renewed] = [await sut.signIn('alice'), await sut.signIn('alice')];

    for (let hours = 0; hours < 12; hours += 0.25) {
      expect(await statusesOf([busy, renewed])).toEqual([200, 200]);
      if (hours === 6) await renewed.post('/reauthenticate');
      sut.clock.advance('15m');
    }

    expect(await statusesOf([busy, renewed])).toEqual([401, 200]);
    expect((await busy.get('/guarded')).json()).toMatchObject({ reason: 'absolute' });
  });
});

describe('V7.4 termination', () => {
  it('V7.4.1 after a logout no copy of the token opens anything, and no page is kept for the back button', async () => {
    const browser = await sut.signIn('alice');
    const copy = browser.copy();
    const page = await browser.get('/sessions');

    const logout = await browser.post('/logout');

    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(logout.setCookie).toBe('');
    expect(await statusesOf([browser, copy])).toEqual([401, 401]);
    expect((await copy.get('/guarded')).headers.get('cache-control')).toBe('no-store');
  });

  it('V7.4.1 a request in flight at the logout does not bring the session back', async () => {
    const browser = await sut.signIn('alice');
    const copy = browser.copy();
    const late = copy.post('/data/late?colour=red');
    await sut.gate.arrived(1);

    await browser.post('/logout');
    sut.gate.open();
    const answer = await late;

    expect(answer.setCookie).toBeUndefined();
    expect(await statusesOf([copy])).toEqual([401]);
    expect((await sut.sessions.list(userNamed('alice'), { limit: 10 })).items).toEqual([]);
  });

  it('V7.4.1 an expired session stays expired, whatever is asked of it', async () => {
    const browser = await sut.signIn('alice');
    sut.clock.advance('30m');

    for (const path of ['/rotate', '/reauthenticate', '/save?colour=red']) await browser.post(path);

    expect(await statusesOf([browser])).toEqual([401]);
  });

  it('V7.4.2 disabling an account ends all of its sessions, and tells their holders why', async () => {
    const browsers = [await sut.signIn('alice'), await sut.signIn('alice')];
    const bob = await sut.signIn('bob');

    const answer = await sut.browser().post('/account/disabled?user=alice');

    expect(answer.text).toBe('2');
    expect(await statusesOf([...browsers, bob])).toEqual([401, 401, 200]);
    expect((await browsers[0]!.get('/guarded')).json()).toMatchObject({
      code: 'SESSION_REVOKED',
      reason: 'account-disabled',
    });
    expect(await sut.events({ userId: 'alice', initiator: 'admin' })).toMatchObject([
      { type: 'user.blocked', details: { reason: 'account-disabled' } },
      { type: 'session.revoked', reason: 'account-disabled' },
      { type: 'session.revoked', reason: 'account-disabled' },
    ]);
  });

  it('V7.4.2 the logins of a disabled account are refused, a hundred years on too, until it is enabled', async () => {
    await sut.sessions.disableUser(userNamed('alice'));

    const refused = await sut.browser().post('/login?user=alice');
    sut.clock.advance('36500d');
    const later = await sut.browser().post('/login?user=alice');
    await sut.sessions.enableUser(userNamed('alice'));
    const enabled = await sut.browser().post('/login?user=alice');

    expect(refused.json()).toMatchObject({ statusCode: 403, code: 'SESSION_USER_BLOCKED' });
    expect(refused.setCookie).toBeUndefined();
    expect(later.status).toBe(403);
    expect(enabled.status).toBe(201);
  });

  it('V7.4.2 no login comes between the two steps of disabling an account', async () => {
    const store = new WatchedStore();
    await withApp({ store: store.store }, async ({ url, sessions }) => {
      const gate = store.holdNext('revokeAll');

      const disabling = sessions.disableUser(userNamed('alice'));
      await gate.arrived(1);
      const between = await new Browser(url).post('/login?user=alice');
      gate.open();
      await disabling;

      expect(between.status).toBe(403);
      expect((await sessions.list(userNamed('alice'), { limit: 10 })).items).toEqual([]);
    });
  });

  it('V7.4.3 after a change of credentials the others are out, and so is a copy of the present token', async () => {
    const [here, there] = [await sut.signIn('alice'), await sut.signIn('alice')];
    const [copy, bob] = [here.copy(), await sut.signIn('bob')];

    const answer = await here.post('/account/password');

    expect([answer.status, answer.text]).toEqual([201, '1']);
    expect(await statusesOf([here, there, copy, bob])).toEqual([200, 401, 401, 200]);
    expect((await there.get('/guarded')).json()).toMatchObject({ reason: 'credential-change' });
    expect(await sut.events({ type: 'session.revoked' })).toMatchObject([
      { userId: 'alice', reason: 'credential-change', initiator: 'user', ip: '127.0.0.1' },
    ]);
  });

  it('V7.4.3 the token that another request was given meanwhile is no good either', async () => {
    const store = new WatchedStore();
    await withAsvsApp({ store: store.store }, async (app) => {
      const here = await app.signIn('alice');
      const copy = here.copy();
      const gate = store.holdNext('revokeAll');

      const changing = here.post('/account/password');
      await gate.arrived(1);
      const exchanged = await copy.post('/rotate');
      gate.open();
      const changed = await changing;

      expect([exchanged.status, changed.status]).toEqual([201, 201]);
      expect(await statusesOf([here, copy])).toEqual([200, 401]);
    });
  });

  it('V7.4.3 a session whose token cannot be replaced ends', async () => {
    const inner = memoryStore();
    const rotate: typeof inner.rotate = async ({ id }) => {
      const found = await inner.find(id);
      return { result: 'lost', session: found!.session as SessionRecord };
    };
    await withAsvsApp({ store: withInstead(inner, { rotate }) }, async (app) => {
      const here = await app.signIn('alice');
      const copy = here.copy();

      const changed = await here.post('/account/password');

      expect(changed.json()).toMatchObject({ statusCode: 409, code: 'SESSION_CONFLICT' });
      expect(here.cookies.size).toBe(0);
      expect((await copy.get('/guarded')).json()).toMatchObject({ reason: 'credential-change' });
    });
  });

  it('V7.4.3 after a reset without a session all are out', async () => {
    const browsers = [await sut.signIn('alice'), await sut.signIn('alice')];

    await sut.sessions.revokeAll(userNamed('alice'), { reason: 'credential-change' });

    expect(await statusesOf(browsers)).toEqual([401, 401]);
  });

  it('V7.4.5 an operator ends one session, all of a user, or all of everybody', async () => {
    const operator = await sut.signIn('operator');
    const [one, two, bob] = [
      await sut.signIn('alice'),
      await sut.signIn('alice'),
      await sut.signIn('bob'),
    ];
    const { id } = (await one.get('/session')).json<{ id: string }>();

    const single = await operator.delete(`/admin/sessions/${id}`);
    const afterOne = await statusesOf([one, two, bob]);
    const ofUser = await operator.delete('/admin/users/alice/sessions');
    const afterUser = await statusesOf([one, two, bob]);
    const progress = await sut.sessions.revokeEverything({ reason: 'emergency' });

    expect([single.status, ofUser.json()]).toEqual([204, { ended: 1 }]);
    expect(afterOne).toEqual([401, 200, 200]);
    expect(afterUser).toEqual([401, 401, 200]);
    expect(progress.done).toBe(progress.shards);
    expect(await statusesOf([one, two, bob, operator])).toEqual([401, 401, 401, 401]);
  });
});

describe('V7.5 and V7.6 defences', () => {
  it('V7.5.1 a sensitive change asks for a recent proof of identity, and says how recent', async () => {
    const browser = await sut.signIn('alice');
    const authenticatedAt = new Date(sut.clock.now()).toISOString();
    const fresh = await browser.post('/account/email');
    sut.clock.advance('10m');

    const refused = await browser.post('/account/email');

    expect(fresh.status).toBe(201);
    expect(refused.json()).toEqual({
      statusCode: 403,
      code: 'SESSION_NOT_FRESH',
      message: 'A recent authentication is required',
      maxAge: 600,
      authenticatedAt,
    });
    expect(refused.headers.get('www-authenticate')).toBe(
      'Session error="insufficient_user_authentication", max_age="600"',
    );
    expect(refused.headers.get('cache-control')).toBe('no-store');
  });

  it('V7.5.1 proving identity again lets the change through; being active does not', async () => {
    const browser = await sut.signIn('alice');
    sut.clock.advance('9m');
    await browser.get('/guarded');
    await browser.post('/rotate');
    sut.clock.advance('1m');

    const active = await browser.post('/account/email');
    await browser.post('/reauthenticate');
    const proved = await browser.post('/account/email');

    expect([active.status, proved.status]).toEqual([403, 201]);
  });

  it('V7.5.2 users see all of their sessions and end any of them, or all, after a proof of identity', async () => {
    await withApp({ selfServiceFreshWithin: '5m' }, async ({ url }) => {
      const browsers = [0, 1, 2].map(() => new Browser(url));
      const ids: string[] = [];
      for (const browser of browsers) {
        const { id } = (await browser.post('/login?user=alice')).json<{ id: string }>();
        ids.push(id);
      }
      const [here] = browsers as [Browser, Browser, Browser];
      sut.clock.advance('5m');

      const listed = (await here.get('/sessions')).json<{ items: { id: string }[] }>();
      const stale = [await here.delete(`/sessions/${ids[1]}`), await here.delete('/sessions')];
      const afterStale = await statusesOf(browsers);
      await here.post('/reauthenticate');
      const one = await here.delete(`/sessions/${ids[1]}`);
      const afterOne = await statusesOf(browsers);
      const others = await here.delete('/sessions');

      expect(new Set(listed.items.map(({ id }) => id))).toEqual(new Set(ids));
      for (const answer of stale)
        expect(answer.json()).toMatchObject({ code: 'SESSION_NOT_FRESH', maxAge: 300 });
      expect(afterStale).toEqual([200, 200, 200]);
      expect([one.status, afterOne]).toEqual([204, [200, 401, 200]]);
      expect(others.json()).toEqual({ ended: 1 });
      expect(await statusesOf(browsers)).toEqual([200, 401, 401]);
    });
  });

  it('V7.5.2 the present session can be ended at any time', async () => {
    await withApp({ selfServiceFreshWithin: '5m' }, async ({ url }) => {
      const browser = new Browser(url);
      const { id } = (await browser.post('/login?user=alice')).json<{ id: string }>();
      sut.clock.advance('6m');

      const answer = await browser.delete(`/sessions/${id}`);

      expect([answer.status, await statusesOf([browser])]).toEqual([204, [401]]);
    });
  });

  it.each([0, '31d', 'soon', null])(
    'V7.5.2 an age that is none is refused at the start: %j',
    async (selfServiceFreshWithin) => {
      const starting = startSessionApp({ selfServiceFreshWithin: selfServiceFreshWithin as '5m' });

      await expect(starting).rejects.toMatchObject({
        code: 'SESSION_CONFIG_INVALID',
        option: 'selfServiceFreshWithin',
      });
    },
  );

  it('V7.5.3 a proof of identity counts for the session that it was given to, and to the millisecond', async () => {
    const [here, there] = [await sut.signIn('alice'), await sut.signIn('alice')];
    sut.clock.advance('10m');
    await here.post('/reauthenticate');

    const others = await there.get('/fresh');
    sut.clock.advance(599_999);
    const last = await here.get('/fresh');
    sut.clock.advance(1);
    const over = await here.get('/fresh');

    expect([others.status, last.status, over.status]).toEqual([403, 200, 403]);
  });

  it('V7.5.3 what a visitor writes into a session is no proof', async () => {
    const visitor = sut.browser();
    await visitor.post('/data?authenticatedAt=9999999999999');

    const answer = await visitor.get('/fresh');

    expect(answer.json()).toMatchObject({ statusCode: 401, code: 'SESSION_REQUIRED' });
  });

  it('V7.6.2 visiting creates no session; only a login does', async () => {
    const browser = sut.browser();

    const visits = [await browser.get('/data'), await browser.get('/account/public')];
    const before = await sut.sessions.health();
    await browser.post('/login?user=alice');
    const after = await sut.sessions.health();

    expect(visits.map(({ setCookie }) => setCookie)).toEqual([undefined, undefined]);
    expect([before.details['sessions'], after.details['sessions']]).toEqual([0, 1]);
  });

  it('V7.6.2 an ended session is not opened again by a request that still holds its cookie', async () => {
    const browser = await sut.signIn('alice');
    await sut.sessions.revokeAll(userNamed('alice'), { reason: 'test' });
    sut.clock.advance('2m');

    const answers = [await browser.get('/data'), await browser.get('/account/public')];

    expect(answers.map(({ setCookie }) => setCookie)).toEqual([undefined, undefined]);
    expect((await sut.sessions.list(userNamed('alice'), { limit: 1 })).items).toEqual([]);
  });
});

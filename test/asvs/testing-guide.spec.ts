import { sign } from 'cookie-signature';
import { newSessionId, newSessionToken } from '../../src/core/ids.js';
import type { SessionModuleOptions } from '../../src/index.js';
import { Browser } from '../support/browser.js';
import { SECRET, startSessionApp } from '../support/session-app.js';
import { startAsvsApp, statusesOf, userNamed, type AsvsApp } from './asvs-app.js';

const OVER_TLS = { headers: { 'x-forwarded-proto': 'https' } };
const tokenOf = (browser: Browser): string =>
  decodeURIComponent(browser.cookies.get('sid')!).slice(2, 74);
const present = (browser: Browser, token: string): void => {
  browser.cookies.set('sid', encodeURIComponent(`s:${sign(token, SECRET)}`));
};

let sut: AsvsApp;
const start = async (options: Partial<SessionModuleOptions> = {}): Promise<void> => {
  sut = await startAsvsApp(options);
};
afterEach(() => sut.close());

describe('WSTG-SESS-01 the session management schema', () => {
  beforeEach(() => start());

  it('WSTG-SESS-01 tokens taken one after the other share nothing', async () => {
    const [first, second] = [await sut.signIn('alice'), await sut.signIn('alice')].map((browser) =>
      Buffer.from(tokenOf(browser), 'base64url'),
    ) as [Buffer, Buffer];

    const differing = (from: number, to: number): number =>
      [...first.subarray(from, to)]
        .map((byte, index) => (byte ^ second[from + index]!).toString(2).replaceAll('0', '').length)
        .reduce((sum, bits) => sum + bits, 0);

    // Of 128 and of 256 random bits half differ; these bounds fail once in a billion runs.
    expect(differing(2, 18)).toBeGreaterThan(64 - 35);
    expect(differing(22, 54)).toBeGreaterThan(128 - 49);
  });

  it('WSTG-SESS-01 a token tells nothing of its user, of the time or of the place', async () => {
    const browser = await sut.signIn('alice');
    const cookie = decodeURIComponent(browser.cookies.get('sid')!);
    const bytes = Buffer.from(tokenOf(browser), 'base64url').toString('latin1');
    const seconds = Buffer.alloc(4);
    seconds.writeUInt32BE(Math.floor(sut.clock.now() / 1_000));

    for (const told of ['alice', '127.0.0.1', String(sut.clock.now()), seconds.toString('latin1')])
      expect(cookie + bytes).not.toContain(told);
  });

  it('WSTG-SESS-01 a cookie that is changed anywhere opens nothing', async () => {
    const browser = await sut.signIn('alice');
    const cookie = decodeURIComponent(browser.cookies.get('sid')!);

    const opened = await placesThatMayChange(cookie, (thief, changed) =>
      thief.cookies.set('sid', encodeURIComponent(changed)),
    );

    expect(cookie).toHaveLength(2 + 72 + 1 + 43);
    expect(opened).toEqual([]);
    expect(await statusesOf([browser])).toEqual([200]);
  });

  it('WSTG-SESS-01 nor does one whose id or secret is changed by who has the signing key', async () => {
    const browser = await sut.signIn('alice');
    const isIdOrSecret = (place: number): boolean => place < 24 || place > 28;

    const opened = await placesThatMayChange(tokenOf(browser), present);

    expect(opened.filter(isIdOrSecret)).toEqual([]);
  });

  async function placesThatMayChange(
    text: string,
    put: (thief: Browser, changed: string) => void,
  ): Promise<readonly number[]> {
    const opened: number[] = [];
    for (let place = 0; place < text.length; place += 1) {
      const thief = sut.browser();
      put(thief, text.slice(0, place) + (text[place] === 'A' ? 'Q' : 'A') + text.slice(place + 1));
      if ((await thief.get('/guarded')).status === 200) opened.push(place);
    }
    return opened;
  }
});

describe('WSTG-SESS-02 and 04 the cookie on its way', () => {
  beforeEach(async () => {
    await start({ cookie: {} });
    sut.app.set('trust proxy', 1);
  });

  it('WSTG-SESS-02 has every attribute that keeps it to one host, to TLS and from scripts', async () => {
    const login = await sut.browser().post('/login?user=alice', OVER_TLS);

    const [setCookie = ''] = login.headers.getSetCookie();
    const [pair = '', ...attributes] = setCookie.split('; ');
    expect(pair).toMatch(/^__Host-sid=s%3A/);
    expect(attributes.sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure']);
  });

  it('WSTG-SESS-04 never goes out over plain HTTP, nor into a cache', async () => {
    const plain = await sut.browser().post('/login?user=alice');
    const secure = await sut.browser().post('/login?user=alice', OVER_TLS);

    expect(plain.headers.getSetCookie()).toEqual([]);
    expect(secure.headers.getSetCookie()).toHaveLength(1);
    expect(secure.headers.get('cache-control')).toBe('no-store');
  });

  it('WSTG-SESS-04 is not accepted from an address, and a login is no GET', async () => {
    const browser = sut.browser();
    await browser.post('/login?user=alice', OVER_TLS);
    const cookie = browser.cookies.get('__Host-sid')!;

    const answers = [
      await sut.browser().get(`/guarded?__Host-sid=${cookie}`),
      await sut.browser().get('/login?user=alice', OVER_TLS),
    ];

    expect(answers.map(({ status }) => status)).toEqual([401, 404]);
    expect((await browser.get('/guarded')).status).toBe(200);
  });
});

describe('WSTG-SESS-03 to 09 the life of a session', () => {
  beforeEach(() => start({ rotationInterval: '10m' }));

  it('WSTG-SESS-03 a session that was planted in a browser is not signed in with it', async () => {
    const attacker = sut.browser();
    await attacker.post('/data?planted=yes');
    const victim = attacker.copy();

    await victim.post('/login?user=alice');

    expect(victim.cookies.get('sid')).not.toBe(attacker.cookies.get('sid'));
    expect(await statusesOf([attacker, victim])).toEqual([401, 200]);
  });

  it('WSTG-SESS-03 a token that the server never issued is not adopted, however well it is signed', async () => {
    const victim = sut.browser();
    const planted = newSessionToken(newSessionId(0), 0);
    present(victim, planted);

    await victim.post('/login?user=alice');

    const attacker = sut.browser();
    present(attacker, planted);
    expect(tokenOf(victim).slice(0, 24)).not.toBe(planted.slice(0, 24));
    expect(await statusesOf([attacker, victim])).toEqual([401, 200]);
  });

  it('WSTG-SESS-05 a form on another site does nothing in the user’s name', async () => {
    const victim = await sut.signIn('alice');
    const login = await sut.browser().post('/login?user=alice');
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      origin: 'https://evil.example',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
    };

    const answer = await victim.post('/guarded-by-origin', { headers, body: 'amount=1000' });

    expect(answer.json()).toMatchObject({ statusCode: 403, code: 'CSRF_REJECTED' });
    expect(login.headers.get('set-cookie')).toContain('SameSite=Lax');
  });

  it('WSTG-SESS-06 a logout is for good, on the server and in the browser', async () => {
    const browser = await sut.signIn('alice');
    const [kept, elsewhere] = [browser.copy(), await sut.signIn('alice')];

    const logout = await browser.post('/logout');
    sut.clock.advance('10m');

    const [setCookie] = logout.headers.getSetCookie();
    expect(setCookie).toMatch(/^sid=; .*Expires=Thu, 01 Jan 1970/);
    expect(browser.cookies.has('sid')).toBe(false);
    expect(await statusesOf([kept, elsewhere])).toEqual([401, 200]);
  });

  it('WSTG-SESS-07 the server decides when a session is over, whatever the browser keeps', async () => {
    const browser = sut.browser();
    await browser.post('/login?user=alice');
    await browser.post('/remember?colour=red');
    const early = (await browser.get('/session')).json<{ expiresAt: string; now: string }>();

    sut.clock.advance('30m');

    expect(Date.parse(early.expiresAt) - Date.parse(early.now)).toBe(30 * 60_000);
    expect(browser.cookies.has('sid')).toBe(true);
    expect((await browser.get('/guarded')).json()).toMatchObject({ code: 'SESSION_EXPIRED' });
  });

  it('WSTG-SESS-08 what one page writes into the session signs nobody in at another', async () => {
    const attacker = sut.browser();
    const written = { userId: 'alice', user: 'alice', passport: 'alice', authenticatedAt: '9e15' };

    await attacker.post(`/data?${new URLSearchParams(written).toString()}`);

    expect((await attacker.get('/data')).json()).toEqual(written);
    expect(await statusesOf([attacker])).toEqual([401]);
    expect(await statusesOf([attacker], '/fresh')).toEqual([401]);
    expect((await sut.sessions.list(userNamed('alice'), { limit: 1 })).items).toEqual([]);
  });

  it('WSTG-SESS-08 what a visitor wrote does not change who a login signs in', async () => {
    const browser = sut.browser();
    await browser.post('/data?userId=operator&user=operator');

    await browser.post('/login?user=alice');

    expect((await browser.get('/session')).json()).toMatchObject({ userId: 'alice' });
    expect((await browser.get('/admin/sessions')).status).toBe(403);
  });

  it('WSTG-SESS-09 a stolen token is noticed when it comes back, and ends the session', async () => {
    const victim = await sut.signIn('alice');
    const thief = victim.copy();
    sut.clock.advance('10m');
    await victim.get('/guarded');
    await victim.get('/guarded');
    sut.clock.advance('61s');

    const stolen = await thief.get('/guarded');

    expect(stolen.json()).toMatchObject({ code: 'SESSION_REVOKED', reason: 'token-reused' });
    expect(await statusesOf([victim])).toEqual([401]);
    expect(await sut.events({ type: 'session.token_reused' })).toHaveLength(1);
  });

  it('WSTG-SESS-09 cookies of two users mixed in one request open the session of one alone', async () => {
    const [alice, mallory] = [await sut.signIn('alice'), await sut.signIn('mallory')];
    const mixed = `sid=${mallory.cookies.get('sid')}; sid=${alice.cookies.get('sid')}`;

    const answer = await sut.browser().get('/session', { headers: { cookie: mixed } });

    expect(answer.json()).toMatchObject({ userId: 'mallory' });
  });
});

describe('WSTG-SESS-11 sessions at the same time', () => {
  beforeEach(() => start({ maxSessionsPerUser: 3 }));

  it('WSTG-SESS-11 fifty logins leave as many sessions as are allowed, and those are the last', async () => {
    const browsers: Browser[] = [];
    for (let login = 0; login < 50; login += 1) {
      sut.clock.advance('1s');
      browsers.push(await sut.signIn('alice'));
    }

    const states = await statusesOf(browsers);

    expect(states.slice(0, 47).every((status) => status === 401)).toBe(true);
    expect(states.slice(47)).toEqual([200, 200, 200]);
    expect((await browsers[0]!.get('/guarded')).json()).toMatchObject({ code: 'SESSION_EVICTED' });
  });

  it('WSTG-SESS-11 logins at the same instant do not get past it', async () => {
    await Promise.all(Array.from({ length: 30 }, () => sut.signIn('alice')));

    const { items } = await sut.sessions.list(userNamed('alice'), { limit: 50 });

    expect(items).toHaveLength(3);
  });

  it('WSTG-SESS-11 users see where they are signed in, and the application hears of each login', async () => {
    const told: string[] = [];
    sut.sessions.events$.subscribe(({ type }) => told.push(type));
    const browser = sut.browser();
    const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Firefox/142.0' };
    await browser.post('/login?user=alice', { headers });

    const { items } = (await browser.get('/sessions')).json<{ items: object[] }>();

    expect(items).toMatchObject([{ device: { ip: '127.0.0.1', label: 'Firefox on Linux' } }]);
    expect(told).toEqual(['session.created']);
  });
});

describe('WSTG-SESS-04 a secret', () => {
  it('WSTG-SESS-04 that is short enough to be guessed is refused at the start', async () => {
    await start();

    const starting = startSessionApp({ secret: 'guessable' });

    await expect(starting).rejects.toMatchObject({ option: 'secret' });
  });
});

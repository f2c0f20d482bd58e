import { parseSetCookie } from 'cookie';
import { randomBytes } from 'node:crypto';
import type { SessionModuleOptions } from '../../src/index.js';
import { Browser, type Answer } from '../support/browser.js';
import { startSessionApp } from '../support/session-app.js';

const OVER_TLS = { headers: { 'x-forwarded-proto': 'https' } };
const LOGIN = '/login?user=alice';
const LONGEST_COOKIE = 4_096;

async function withSecureApp(
  options: Partial<SessionModuleOptions>,
  use: (browser: Browser) => Promise<void>,
): Promise<void> {
  const sut = await startSessionApp({ cookie: {}, ...options });
  sut.app.set('trust proxy', 1);
  try {
    await use(new Browser(sut.url));
  } finally {
    await sut.close();
  }
}

const attributesOf = (answer: Answer) =>
  answer.headers.getSetCookie().map((one) => parseSetCookie(one));

describe('V3.3 the cookie as a browser gets it', () => {
  it('V3.3.1 is Secure, under a name that browsers hold to it, when it is set and when it is removed', async () => {
    await withSecureApp({}, async (browser) => {
      const login = await browser.post(LOGIN, OVER_TLS);
      const logout = await browser.post('/logout', OVER_TLS);

      for (const answer of [login, logout])
        expect(attributesOf(answer)).toMatchObject([{ name: '__Host-sid', secure: true }]);
    });
  });

  it('V3.3.1 is not sent where the connection is not secure', async () => {
    await withSecureApp({}, async (browser) => {
      const login = await browser.post(LOGIN);

      expect(login.status).toBe(201);
      expect(login.headers.getSetCookie()).toEqual([]);
    });
  });

  it('V3.3.1 has the other prefix where it is meant for several hosts', async () => {
    const cookie = { name: '__Secure-sid', domain: 'example.com' };
    await withSecureApp({ cookie }, async (browser) => {
      const login = await browser.post(LOGIN, OVER_TLS);

      expect(attributesOf(login)).toMatchObject([{ ...cookie, secure: true }]);
    });
  });

  it.each([['lax'], ['strict'], ['none']] as const)(
    'V3.3.2 has the SameSite value %s that was decided on, and Lax where nothing was',
    async (sameSite) => {
      const decided: Answer[] = [];
      await withSecureApp({ cookie: { sameSite } }, async (browser) => {
        decided.push(await browser.post(LOGIN, OVER_TLS));
      });
      await withSecureApp({}, async (browser) => {
        decided.push(await browser.post(LOGIN, OVER_TLS));
      });

      expect(decided.flatMap(attributesOf)).toMatchObject([{ sameSite }, { sameSite: 'lax' }]);
    },
  );

  it('V3.3.3 belongs to this host alone: the prefix, no Domain, the whole path', async () => {
    await withSecureApp({}, async (browser) => {
      const [cookie] = attributesOf(await browser.post(LOGIN, OVER_TLS));

      expect(cookie?.name.startsWith('__Host-')).toBe(true);
      expect(cookie?.domain).toBeUndefined();
      expect(cookie?.path).toBe('/');
    });
  });

  it.each([
    ['a Domain', { name: '__Host-sid', domain: 'example.com' }],
    ['another path', { path: '/app' }],
    ['plain HTTP', { name: '__Host-sid', insecureDevelopment: true }],
  ])(
    'V3.3.3 the prefix is not given away: with %s the application does not start',
    async (_name, cookie) => {
      const starting = startSessionApp({ cookie });

      await expect(starting).rejects.toMatchObject({ code: 'SESSION_CONFIG_INVALID' });
    },
  );

  it('V3.3.4 is HttpOnly, and its value is in no other header and no body', async () => {
    await withSecureApp({}, async (browser) => {
      const routes = ['/login?user=alice', '/reauthenticate', '/rotate'];
      const answers: Answer[] = [];
      for (const route of routes) answers.push(await browser.post(route, OVER_TLS));
      answers.push(
        await browser.get('/sessions', OVER_TLS),
        await browser.get('/session', OVER_TLS),
      );

      const cookies = answers.flatMap(attributesOf);
      const elsewhere = answers.map(({ headers, text }) => {
        const others = [...headers].filter(([name]) => name !== 'set-cookie');
        return JSON.stringify(others) + text;
      });

      expect(cookies.map(({ httpOnly }) => httpOnly)).toEqual([true, true, true]);
      for (const { value } of cookies)
        expect(elsewhere.join('\n')).not.toContain(decodeURIComponent(value!).slice(2, 74));
    });
  });

  it('V3.3.5 is small whatever is written to the session, under the longest name that is taken', async () => {
    const name = `__Host-${'n'.repeat(249)}`;
    await withSecureApp({ cookie: { name } }, async (browser) => {
      const query = new URLSearchParams({ large: randomBytes(2_048).toString('hex') });

      const answer = await browser.post(`/data?${query.toString()}`, OVER_TLS);

      const [setCookie = ''] = answer.headers.getSetCookie();
      const [pair = ''] = setCookie.split(';');
      expect(pair.startsWith(`${name}=s%3A`)).toBe(true);
      expect(pair.length).toBeLessThan(LONGEST_COOKIE);
    });
  });

  it('V3.3.5 a longer name is refused at the start', async () => {
    const starting = startSessionApp({ cookie: { name: `__Host-${'n'.repeat(250)}` } });

    await expect(starting).rejects.toMatchObject({ option: 'cookie.name' });
  });
});

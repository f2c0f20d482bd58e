import { jest } from '@jest/globals';
import { createRequire } from 'node:module';
import type { SessionId, SessionStore } from '../../src/index.js';
import type { AsvsApp } from './asvs-app.js';

/**
 * The library takes its functions from `node:crypto` when it is loaded, so these stand in their
 * place before that. Each does what the original does, and keeps what it was asked.
 */
const crypto = createRequire(import.meta.url)('node:crypto') as typeof import('node:crypto');
const compared: (readonly [Buffer, Buffer])[] = [];
const drawn: Buffer[] = [];
const original = { timingSafeEqual: crypto.timingSafeEqual, randomBytes: crypto.randomBytes };
crypto.timingSafeEqual = (left, right) => {
  compared.push([Buffer.from(left as Buffer), Buffer.from(right as Buffer)]);
  return original.timingSafeEqual(left, right);
};
crypto.randomBytes = ((size: number) => {
  const bytes = original.randomBytes(size);
  drawn.push(bytes);
  return bytes;
}) as typeof crypto.randomBytes;

const { startAsvsApp, statusesOf, userNamed } = await import('./asvs-app.js');
const { sign } = await import('cookie-signature');
const { memoryStore } = await import('../../src/storage/memory/index.js');
const { anOperation } = await import('../../src/testing/builders.js');
const { Browser } = await import('../support/browser.js');
const { startHandlerApp } = await import('../support/handler-app.js');
const { SECRET } = await import('../support/session-app.js');
const { withInstead } = await import('../support/stores.js');

let sut: AsvsApp;
beforeEach(async () => {
  sut = await startAsvsApp();
});
afterEach(() => sut.close());
afterAll(() => Object.assign(crypto, original));

const tokenOf = (browser: InstanceType<typeof Browser>): string =>
  decodeURIComponent(browser.cookies.get('sid')!).slice(2, 74);
const present = (browser: InstanceType<typeof Browser>, token: string): void => {
  browser.cookies.set('sid', encodeURIComponent(`s:${sign(token, SECRET)}`));
};

describe('V8.2 access to data', () => {
  it('V8.2.2 another user’s session is neither seen nor ended by its id', async () => {
    const [alice, bob] = [await sut.signIn('alice'), await sut.signIn('bob')];
    const { id } = (await alice.get('/session')).json<{ id: string }>();

    const ended = await bob.delete(`/sessions/${id}`);
    const listed = await bob.get('/sessions');

    expect(ended.json()).toMatchObject({ statusCode: 404, code: 'SESSION_NOT_FOUND' });
    expect(listed.text).not.toContain(id);
    expect(await statusesOf([alice, bob])).toEqual([200, 200]);
  });

  it('V8.2.2 another tenant’s sessions, users and audit are none of an operator’s', async () => {
    const alice = await sut.signIn('alice', 'acme');
    const operator = await sut.signIn('operator', 'umbrella');
    const { id } = (await alice.get('/session')).json<{ id: string }>();
    await sut.events();

    const answers = [
      await operator.delete(`/admin/sessions/${id}`),
      await operator.post('/admin/users/alice/block?tenantId=acme'),
      await operator.delete('/admin/users/alice/sessions?tenantId=acme'),
      await operator.get('/admin/sessions?tenantId=acme'),
      await operator.get('/admin/users/alice/sessions?tenantId=acme'),
      await operator.get('/admin/audit?tenantId=acme'),
    ];

    expect(answers.map(({ text }) => text).join()).not.toContain(id);
    expect(answers[0]!.status).toBe(404);
    expect(await statusesOf([alice])).toEqual([200]);
  });
});

describe('V11 cryptography', () => {
  it('V11.2.4 tokens are compared whole and in constant time, wherever they begin to differ', async () => {
    const browser = await sut.signIn('alice');
    const token = tokenOf(browser);
    const thief = sut.browser();

    for (const place of [30, 50, 71]) {
      const other = token[place] === 'A' ? 'B' : 'A';
      present(thief, `${token.slice(0, place)}${other}${token.slice(place + 1)}`);
      compared.length = 0;
      const [status] = await statusesOf([thief]);

      const hashes = compared.filter(([left]) => left.length === 43);
      expect(status).toBe(401);
      expect(hashes).toHaveLength(1);
      expect(hashes[0]![0].equals(hashes[0]![1])).toBe(false);
      expect(hashes[0]![1]).toHaveLength(43);
    }
  });

  it('V11.2.4 so are signatures, before anything else is looked at', async () => {
    const browser = await sut.signIn('alice');
    const forged = browser.cookies
      .get('sid')!
      .replace(/\.(.)/, (_, first) => (first === 'x' ? '.y' : '.x'));
    const thief = sut.browser();
    thief.cookies.set('sid', forged);
    compared.length = 0;

    const [status] = await statusesOf([thief]);

    expect(status).toBe(401);
    expect(compared).not.toEqual([]);
    expect(compared.every(([left]) => left.length !== 43)).toBe(true);
  });

  it('V11.5.1 every token and session id is drawn from the system’s generator, 128 bits at least', async () => {
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.5);
    const tokens: Buffer[] = [];

    for (let login = 0; login < 10; login += 1) {
      const browser = await sut.signIn('alice');
      tokens.push(Buffer.from(tokenOf(browser), 'base64url'));
    }
    random.mockRestore();

    const secretly = (bytes: Buffer): boolean => drawn.some((one) => one.equals(bytes));
    for (const token of tokens) {
      expect(secretly(token.subarray(2, 18))).toBe(true);
      expect(secretly(token.subarray(22))).toBe(true);
    }
    expect(new Set(tokens.map(String)).size).toBe(10);
  });

  it('V11.5.1 so is every name of an audit event', async () => {
    await sut.signIn('alice');

    const [event] = await sut.events();

    const bytes = Buffer.from(event!.eventId, 'base64url');
    expect(bytes).toHaveLength(16);
    expect(drawn.some((one) => one.equals(bytes))).toBe(true);
  });
});

describe('V11.3 session data at rest', () => {
  const CLEAR = 'colour=4111111111111111';
  const key = (keyId: string) => ({ keyId, key: Buffer.alloc(32, keyId) });
  let stored: string[];
  let inner: SessionStore;
  let encrypted: AsvsApp;
  beforeEach(async () => {
    stored = [];
    inner = memoryStore();
    const store = withInstead(inner, {
      save: (request, operation) => {
        stored.push(...Object.values(request.set));
        return inner.save(request, operation);
      },
    });
    encrypted = await startAsvsApp({ store, dataEncryption: { keys: [key('new'), key('old')] } });
  });
  afterEach(() => encrypted.close());

  it('V11.3.2 is AES-256-GCM: the store sees nothing in clear, and what it has opens with the key alone', async () => {
    const browser = await encrypted.signIn('alice');
    const { id } = (await browser.get('/session')).json<{ id: string }>();
    await browser.post(`/data?${CLEAR}`);

    const [, keyId, sealed] = stored[0]!.split(':') as [string, string, string];
    const bytes = Buffer.from(sealed, 'base64url');
    const decipher = crypto.createDecipheriv('aes-256-gcm', key(keyId).key, bytes.subarray(0, 12));
    decipher.setAAD(Buffer.from(`e1:${keyId}:${id}:colour`)).setAuthTag(bytes.subarray(-16));
    const text =
      decipher.update(bytes.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8');

    expect(stored.join()).not.toContain('4111');
    expect([keyId, text]).toEqual(['new', '"4111111111111111"']);
  });

  it('V11.3.3 a value that was changed, or taken from another session, is no data', async () => {
    const [alice, bob] = [await encrypted.signIn('alice'), await encrypted.signIn('bob')];
    await alice.post(`/data?${CLEAR}`);
    await bob.post('/data?colour=red');
    const [ofAlice, ofBob] = stored as [string, string];
    const changed = ofBob.slice(0, -1) + (ofBob.endsWith('A') ? 'Q' : 'A');
    const id = (await bob.get('/session')).json<{ id: SessionId }>().id;

    const answers: unknown[] = [];
    for (const colour of [changed, ofAlice, ofBob]) {
      await inner.save({ id, set: { colour }, remove: [] }, anOperation(encrypted.clock));
      answers.push((await bob.get('/guarded')).json());
    }

    expect(answers).toMatchObject([
      { statusCode: 503, code: 'SESSION_DATA_UNREADABLE' },
      { statusCode: 503, code: 'SESSION_DATA_UNREADABLE' },
      { colour: 'red' },
    ]);
  });

  it('V11.3.4 no nonce is used twice, not even for the same value', async () => {
    const browser = await encrypted.signIn('alice');
    for (let time = 0; time < 20; time += 1) {
      await browser.post('/data?colour=red');
      await browser.post('/data?colour=blue');
    }

    const nonces = stored.map((text) =>
      Buffer.from(text.split(':')[2]!, 'base64url').subarray(0, 12),
    );

    expect(nonces).toHaveLength(40);
    expect(new Set(nonces.map((nonce) => nonce.toString('hex'))).size).toBe(40);
    expect(nonces.every((nonce) => drawn.some((bytes) => bytes.equals(nonce)))).toBe(true);
  });
});

describe('V14 data', () => {
  it('V14.3.1 a logout has the browser forget what it keeps of the site, where asked to', async () => {
    const overTls = { headers: { 'x-forwarded-proto': 'https' } };
    const clearing = await startAsvsApp({ clearSiteData: true });
    clearing.app.set('trust proxy', 1);
    const [browser, silent] = [await clearing.signIn('alice'), await sut.signIn('alice')];

    const answers = [
      await browser.get('/guarded', overTls),
      await browser.post('/logout', overTls),
      await silent.post('/logout', overTls),
    ];
    await clearing.close();

    expect(answers.map(({ headers }) => headers.get('clear-site-data'))).toEqual([
      null,
      '"cache", "storage"',
      null,
    ]);
  });

  it('V14.2.1 a token is taken from the cookie alone, not from the address, the body or a header', async () => {
    const browser = await sut.signIn('alice');
    const cookie = browser.cookies.get('sid')!;
    const query = new URLSearchParams({ sid: decodeURIComponent(cookie), token: tokenOf(browser) });

    const answers = [
      await sut.browser().get(`/guarded?${query.toString()}`),
      await sut.browser().get(`/guarded;sid=${cookie}`),
      await sut.browser().get('/guarded', { headers: { authorization: tokenOf(browser) } }),
      await sut.browser().get('/guarded', { headers: { 'x-session-token': tokenOf(browser) } }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([401, 404, 401, 401]);
  });

  it('V14.2.1 no answer puts a token into an address', async () => {
    const browser = await sut.signIn('alice');
    const paths = ['/sessions', '/session', '/guarded', '/nowhere'];

    for (const path of paths) {
      const answer = await browser.get(path);

      expect(JSON.stringify([...answer.headers]) + answer.text).not.toContain(tokenOf(browser));
    }
  });

  it('V14.3.2 what tells of sessions, and what carries a cookie, is kept by no cache', async () => {
    const operator = await sut.signIn('operator');
    const login = await sut.browser().post('/login?user=alice');
    await sut.events();

    const answers = [
      login,
      await operator.get('/session'),
      await operator.get('/sessions'),
      await operator.delete('/sessions'),
      await operator.get('/admin/sessions'),
      await operator.get('/admin/users/alice/sessions'),
      await operator.get('/admin/audit'),
      await sut.browser().get('/guarded'),
      await sut.browser().get('/sessions'),
      await operator.post('/rotate'),
      await operator.post('/logout'),
    ];

    expect(answers.map(({ headers }) => headers.get('cache-control'))).toEqual(
      answers.map(() => 'no-store'),
    );
    expect((await sut.sessions.list(userNamed('alice'), { limit: 1 })).items).toHaveLength(1);
  });

  it('V14.3.2 what an application says of caching stands', async () => {
    const other = await startHandlerApp();
    const path = other.returning((request) => {
      request.res!.setHeader('Cache-Control', 'private, max-age=60');
      Object.assign(request.session, { colour: 'red' });
      return 'written';
    });

    const answer = await new Browser(other.url).post(path);
    await other.close();

    expect(answer.setCookie).toMatch(/^s%3A/);
    expect(answer.headers.get('cache-control')).toBe('private, max-age=60');
  });
});

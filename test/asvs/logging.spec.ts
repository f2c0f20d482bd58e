import { jest } from '@jest/globals';
import { systemClock } from '../../src/index.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { eventually } from '../support/eventually.js';
import { freshPrefix, openRedis } from '../support/servers.js';
import { WatchedStore } from '../support/watched-store.js';
import { startAsvsApp, type AsvsApp } from './asvs-app.js';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0';
const HOUR_MS = 3_600_000;

let sut: AsvsApp;
afterEach(() => sut.close());

describe('V16.2 and V16.3 what is logged', () => {
  beforeEach(async () => {
    sut = await startAsvsApp({ maxSessionsPerUser: 2, onLimit: 'reject', rotationInterval: '10m' });
  });

  const typesOf = async (): Promise<readonly string[]> =>
    (await sut.events()).map(({ type }) => type);

  it('V16.2.1 each entry tells when, where, who and what', async () => {
    const headers = { 'user-agent': FIREFOX, 'x-request-id': 'request-7' };
    const browser = sut.browser();
    const { id } = (await browser.post('/login?user=alice&tenant=acme', { headers })).json<{
      id: string;
    }>();

    expect(await sut.events()).toEqual([
      {
        eventId: expect.stringMatching(/^[\w-]{22}$/),
        type: 'session.created',
        occurredAt: sut.clock.now(),
        recordedAt: sut.clock.now(),
        outcome: 'success',
        initiator: 'user',
        tenantId: 'acme',
        userId: 'alice',
        sessionId: id,
        requestId: 'request-7',
        ip: '127.0.0.1',
        userAgent: FIREFOX,
        methods: ['pwd'],
        chain: expect.any(Number),
        chainSeq: 1,
      },
    ]);
  });

  it('V16.2.1 what an operator did names the operator and the user', async () => {
    const operator = await sut.signIn('operator');
    await sut.signIn('alice');

    await operator.delete('/admin/users/alice/sessions?reason=left-the-company');

    expect(await sut.events({ type: 'session.revoked' })).toMatchObject([
      { userId: 'alice', actorId: 'operator', initiator: 'admin', reason: 'left-the-company' },
    ]);
  });

  it('V16.2.2 operators read times in UTC', async () => {
    const operator = await sut.signIn('operator');
    await sut.events();

    const answer = await operator.get('/admin/audit');

    const [event] = answer.json<{ items: Record<string, string>[] }>().items;
    const utc = new Date(sut.clock.now()).toISOString();
    expect([event?.['occurredAt'], event?.['recordedAt']]).toEqual([utc, utc]);
  });

  it('V16.2.4 entries of one life are found by their session, and those of one request by its id', async () => {
    const [operator, alice] = [await sut.signIn('operator'), await sut.signIn('alice')];
    const { id } = (await alice.get('/session')).json<{ id: string }>();
    await alice.post('/reauthenticate');
    await alice.post('/logout', { headers: { 'x-request-id': 'request-9' } });
    await sut.events();

    const answer = await operator.get(`/admin/audit?sessionId=${id}`);

    const { items } = answer.json<{ items: Record<string, unknown>[] }>();
    expect(items.map(({ type }) => type)).toEqual([
      'session.revoked',
      'session.reauthenticated',
      'session.created',
    ]);
    expect(items[0]).toMatchObject({ requestId: 'request-9', reason: 'logout' });
    expect(new Set(items.map((item) => Object.keys(item).join())).size).toBe(1);
  });

  it('V16.2.5 no entry and no line holds a token, a hash of one, or what the session holds', async () => {
    const browser = sut.browser();
    await browser.post('/data?creditCard=4111111111111111');
    const cookies: string[] = [];
    for (const path of ['/login?user=alice', '/reauthenticate', '/rotate', '/logout']) {
      await browser.post(path);
      cookies.push(decodeURIComponent(browser.cookies.get('sid') ?? ''));
    }
    await sut.events();

    const rows = JSON.stringify(await sut.dataSource.query('SELECT * FROM audit_events'));

    const read = rows + sut.log.lines.join('\n');
    expect(rows).toContain('session.reauthenticated');
    expect(read).not.toMatch(/4111|creditCard/);
    for (const cookie of cookies.filter((one) => one !== ''))
      for (const part of [cookie.slice(2, 74), cookie.slice(26, 74)])
        expect(read).not.toContain(part);
  });

  it('V16.3.1 logins are recorded, refused ones too, with the factors that were used', async () => {
    const browser = sut.browser();

    await browser.post('/account/failed-login', json({ userId: 'alice' }));
    await browser.post('/login?user=alice');
    await browser.post('/reauthenticate');
    await browser.post('/logout');

    expect(await sut.events()).toMatchObject([
      { type: 'login.failed', outcome: 'failure', userId: 'alice', reason: 'bad-credentials' },
      { type: 'session.created', outcome: 'success', userId: 'alice', methods: ['pwd'] },
      { type: 'session.reauthenticated', userId: 'alice', methods: ['pwd', 'otp'] },
      { type: 'session.revoked', userId: 'alice', reason: 'logout' },
    ]);
  });

  it('V16.3.1 so is the login of a user who is blocked, once a minute, with a count', async () => {
    await sut.sessions.disableUser({ tenantId: '', userId: 'alice' });

    for (let attempt = 0; attempt < 3; attempt += 1) await sut.browser().post('/login?user=alice');
    sut.clock.advance('1m');
    await sut.browser().post('/login?user=alice');

    expect(await sut.events({ type: 'login.failed' })).toMatchObject([
      { outcome: 'failure', userId: 'alice', reason: 'user-blocked', methods: ['pwd'] },
      { userId: 'alice', details: { count: 2 } },
      { userId: 'alice', reason: 'user-blocked' },
    ]);
  });

  it('V16.3.2 who is refused as an operator is recorded, with what was asked for', async () => {
    const alice = await sut.signIn('alice');

    await alice.delete('/admin/users/bob/sessions');

    expect(await sut.events({ type: 'admin.access_denied' })).toMatchObject([
      {
        outcome: 'failure',
        userId: 'alice',
        details: { method: 'DELETE', path: '/admin/users/bob/sessions' },
      },
    ]);
  });

  it('V16.3.3 attempts to get around a control are recorded: forged requests, spent tokens, too many sessions', async () => {
    const alice = await sut.signIn('alice');
    const thief = alice.copy();
    await alice.post('/guarded-by-origin', { headers: { 'sec-fetch-site': 'cross-site' } });
    await sut.signIn('alice');
    await sut.browser().post('/login?user=alice');
    sut.clock.advance('10m');
    await alice.get('/guarded');
    await alice.get('/guarded');
    sut.clock.advance('2m');
    await thief.get('/guarded');
    sut.clock.advance('2m');
    await alice.get('/guarded');

    expect(new Set(await typesOf())).toEqual(
      new Set([
        'session.created',
        'session.rotated',
        'csrf.rejected',
        'session.limit_rejected',
        'session.token_reused',
        'session.used_after_end',
      ]),
    );
    expect(await sut.events({ type: 'session.token_reused' })).toMatchObject([
      { userId: 'alice', initiator: 'policy', details: { severity: 'critical' } },
    ]);
  });

  it('V16.4.1 nothing that a client sends begins a new line or moves a cursor', async () => {
    const userId = 'alice\r\n2026-11-22 ERROR forged\u0000 \u001b[2J\u0085';

    await sut.browser().post('/account/failed-login', json({ userId }));

    const [event] = await sut.events();
    expect(event?.userId).toMatch(/^alice.*forged/);
    expect(event?.userId).not.toMatch(/\p{Cc}/u);
  });

  it('V16.4.2 only operators read the log, and nobody has a route that changes it', async () => {
    const [operator, alice] = [await sut.signIn('operator'), await sut.signIn('alice')];
    await sut.events();

    const read = [await alice.get('/admin/audit'), await sut.browser().get('/admin/audit')];
    const changed = [
      await operator.delete('/admin/audit'),
      await operator.delete('/admin/audit/1'),
      await operator.post('/admin/audit', json({ type: 'forged' })),
    ];

    expect(read.map(({ status }) => status)).toEqual([403, 401]);
    expect(changed.map(({ status }) => status)).toEqual([404, 404, 404]);
  });

  it.each([
    ['changed', "UPDATE audit_events SET reason = 'forged' WHERE chain_seq = 2", 2],
    ['deleted', 'DELETE FROM audit_events WHERE chain_seq = 2', 2],
    ['cut off the end', 'DELETE FROM audit_events WHERE chain_seq = 3', 3],
  ])('V16.4.2 a row that was %s behind the back of the module is told', async (...row) => {
    const [, tamper, chainSeq] = row;
    const browser = await sut.signIn('alice');
    await browser.post('/reauthenticate');
    await browser.post('/logout');
    await sut.events();
    const before = await sut.verifyAudit();

    await sut.dataSource.query(tamper);
    const after = await sut.verifyAudit();

    expect(before).toMatchObject({ valid: true, rows: 3 });
    expect(after).toMatchObject({ valid: false, findings: [{ chainSeq }] });
  });
});

describe('V16.3.4 what goes wrong', () => {
  it('V16.3.4 an outage of the store, and an error that nobody foresaw, are logged', async () => {
    const store = new WatchedStore();
    sut = await startAsvsApp({ store: store.store });
    const browser = await sut.signIn('alice');
    store.failNext('save');

    await browser.post('/data?colour=red');
    await browser.get('/account/crash');

    expect(sut.log.lines.join('\n')).toContain('Session store failed during save');
    expect(sut.log.lines.join('\n')).toContain('SELECT secret FROM accounts');
  });

  it('V16.3.4 an audit that does not reach its database is logged, and told by its health', async () => {
    sut = await startAsvsApp();
    await sut.dataSource.query('ALTER TABLE audit_events RENAME TO audit_events_away');

    await sut.signIn('alice');

    const line = 'Audit events wait, for they do not reach the database: SQLITE_ERROR';
    await eventually(() => Promise.resolve(sut.log.lines.some((one) => one.includes(line))));
    await sut.dataSource.query('ALTER TABLE audit_events_away RENAME TO audit_events');
    expect(await sut.events()).toMatchObject([{ type: 'session.created' }]);
  });
});

describe('V16.2.2 the clock', () => {
  it('V16.2.2 of every process is that of the store, however wrong its own is', async () => {
    const now = Date.now.bind(Date);
    const wrong = jest.spyOn(Date, 'now').mockImplementation(() => now() - HOUR_MS);
    const client = openRedis();
    const store = redisStore(client, { prefix: freshPrefix(), shards: 2 });
    sut = await startAsvsApp({ clock: systemClock, store });

    await sut.signIn('alice');
    const [event] = await sut.events();
    wrong.mockRestore();
    await client.quit();

    expect(Math.abs(event!.occurredAt - now())).toBeLessThan(HOUR_MS / 60);
    expect(Math.abs(event!.recordedAt - now())).toBeLessThan(HOUR_MS / 60);
  });
});

function json(body: object): RequestInit {
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

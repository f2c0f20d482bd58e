import { MemorySessionStore } from '../../storage/memory/memory-store.js';
import { someSettings } from '../../testing/builders.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { parseSessionToken } from '../ids.js';
import { SessionAdoption, type AdoptionSource, type LegacySession } from './session-adoption.js';
import { createSessionCore } from '../session-core.js';
import type { SessionNotice } from '../live/session-notices.js';
import { resolveSessionOptions, type SessionOptionsInput } from '../policy/session-options.js';
import { isFresh } from '../policy/session-policy.js';
import type { StoreSettings } from '../session-store.js';
import { shardOfUser } from '../user.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const ADA = { tenantId: '', userId: 'ada' };
const BOB = { tenantId: '', userId: 'bob' };
const DEVICE = { ip: '192.0.2.1', userAgent: 'Agent/1.0', label: 'Agent' };
const REQUEST = { ip: '192.0.2.1', requestId: 'request-1' };
const ADAS: LegacySession = { user: ADA, data: { cart: '["tea"]' } };

interface Given {
  readonly options?: SessionOptionsInput;
  readonly settings?: Partial<StoreSettings>;
  readonly shards?: number;
}

async function setUp({ options: input, settings, shards = 4 }: Given = {}) {
  const clock = new FakeClock();
  const options = resolveSessionOptions(input);
  const store = new MemorySessionStore({ shards });
  await store.start(someSettings({ ...options, clock, ...settings }));
  const notices: SessionNotice[] = [];
  const core = createSessionCore({
    store,
    options,
    clock,
    listener: { notice: (notice) => notices.push(notice), outboxGrew: () => undefined },
    reportError: () => undefined,
  });
  const legacy = new Map<string, LegacySession>();
  const source: AdoptionSource = {
    cookieName: 'connect.sid',
    secrets: ['legacy-secret'],
    until: clock.now() + 30 * DAY_MS,
    find: async (legacyId) => legacy.get(legacyId),
    remove: async (legacyId) => void legacy.delete(legacyId),
  };
  const build = (overrides: Partial<AdoptionSource> = {}) =>
    new SessionAdoption({ ...core, source: { ...source, ...overrides }, key: 'secret' });
  const adoption = build();
  const adopt = (legacyId = 'old') => adoption.adopt(legacyId, DEVICE, REQUEST);
  const eventTypes = async () => {
    const read = Array.from({ length: shards }, (_, shard) => store.readOutbox(shard, 1000));
    return (await Promise.all(read)).flat().map(({ event }) => event.type);
  };
  return { ...core, clock, source, legacy, adoption, adopt, build, notices, eventTypes };
}

type World = Awaited<ReturnType<typeof setUp>>;

async function adoptedBy({ adopt }: World, legacyId?: string) {
  const adopted = await adopt(legacyId);
  if (!adopted?.issued) throw new Error('Nothing was issued');
  return adopted.issued;
}

const endOf = (world: World, id: Awaited<ReturnType<typeof adoptedBy>>['session']['id']) =>
  world.directory.revoke(id, { reason: 'admin', initiator: 'admin' });

describe('SessionAdoption', () => {
  it('gives parallel first requests one session, one token and one event', async () => {
    const world = await setUp();
    world.legacy.set('old', ADAS);

    const adopted = await Promise.all(Array.from({ length: 10 }, () => world.adopt()));

    expect(new Set(adopted.map((one) => one?.issued?.token)).size).toBe(1);
    expect((await world.store.list(ADA, { limit: 10 }, world.clock.now())).items).toHaveLength(1);
    expect(await world.eventTypes()).toEqual(['session.adopted']);
  });

  it('gives the same token again to a client that lost the first answer', async () => {
    const world = await setUp();
    world.legacy.set('old', ADAS);
    const first = await adoptedBy(world);
    world.clock.advance('10m');

    const second = await adoptedBy(world);

    expect(second.token).toBe(first.token);
    expect(world.notices.map(({ type }) => type)).toEqual(['session.adopted']);
  });

  it('keeps user, data and device', async () => {
    const world = await setUp();
    world.legacy.set('old', ADAS);

    const { session } = await adoptedBy(world);

    expect(session).toMatchObject({ user: ADA, data: ADAS.data, device: DEVICE });
  });

  it('cleans what the browser says of itself', async () => {
    const world = await setUp();
    world.legacy.set('old', ADAS);

    const adopted = await world.adoption.adopt('old', { userAgent: 'Agent\n1.0' }, REQUEST);

    expect(adopted?.issued?.session.device).toEqual({ userAgent: 'Agent\uFFFD1.0' });
  });

  it('adopts an anonymous session without an event, under its own idle timeout', async () => {
    const world = await setUp({ options: { anonymousIdleTimeout: '7m' } });
    world.legacy.set('old', { data: { cart: '[]' } });

    const { session } = await adoptedBy(world);

    expect(session.user).toBeUndefined();
    expect(session.idleTimeoutMs).toBe(7 * MINUTE_MS);
    expect(await world.eventTypes()).toEqual([]);
  });

  it('leaves an anonymous session without data behind', async () => {
    const world = await setUp();
    world.legacy.set('old', { data: {} });

    expect(await world.adopt()).toBeUndefined();
  });

  it('logs nobody out for the session limit', async () => {
    const world = await setUp({ options: { maxSessionsPerUser: 1 } });
    world.legacy.set('phone', ADAS).set('laptop', ADAS);

    await adoptedBy(world, 'phone');
    await adoptedBy(world, 'laptop');

    expect((await world.store.list(ADA, { limit: 10 }, world.clock.now())).items).toHaveLength(2);
  });

  it('counts legacy times', async () => {
    const world = await setUp({ options: { idleTimeout: '30m', absoluteTimeout: '12h' } });
    const now = world.clock.now();
    const [createdAt, lastSeenAt] = [now - 60 * MINUTE_MS, now - 20 * MINUTE_MS];
    world.legacy.set('old', { ...ADAS, createdAt, lastSeenAt });
    world.legacy.set('short', { ...ADAS, expiresAt: now + MINUTE_MS });

    const long = await adoptedBy(world, 'old');
    const short = await adoptedBy(world, 'short');

    expect(long.session).toMatchObject({ createdAt, lastSeenAt });
    expect(long.session.absoluteExpiresAt).toBe(createdAt + 12 * 60 * MINUTE_MS);
    expect(short.session.absoluteExpiresAt).toBe(now + MINUTE_MS);
  });

  it.each([
    ['silent for the idle timeout', { lastSeenAt: -30 * MINUTE_MS }],
    ['as old as the absolute timeout', { createdAt: -12 * 60 * MINUTE_MS }],
    ['at its own deadline', { expiresAt: 0 }],
  ])('adopts nothing that is %s', async (_name, ages) => {
    const world = await setUp({ options: { idleTimeout: '30m', absoluteTimeout: '12h' } });
    const times = Object.entries(ages).map(([name, age]) => [name, world.clock.now() + age]);
    world.legacy.set('old', { ...ADAS, ...Object.fromEntries(times) });

    expect(await world.adopt()).toBeUndefined();
    expect(await world.eventTypes()).toEqual([]);
  });

  it('does not take moving in for a proof of identity', async () => {
    const world = await setUp();
    world.legacy.set('old', ADAS);

    const { session } = await adoptedBy(world);

    expect(isFresh(session, DAY_MS, world.clock.now())).toBe(false);
  });

  it('asks for a note of the first use of the token, not of the legacy cookie', async () => {
    const world = await setUp();
    world.legacy.set('old', ADAS);

    const adopted = await world.adopt();
    const used = await world.lifecycle.resolve(parseSessionToken(adopted!.issued!.token)!, REQUEST);

    expect(adopted!.verdict).toMatchObject({ state: 'active', confirmDue: false });
    expect(used).toMatchObject({ state: 'active', confirmDue: true });
  });

  it('does not send a token again that was exchanged for another', async () => {
    const world = await setUp({ options: { rotationInterval: '2m' } });
    world.legacy.set('old', ADAS);
    const issued = await adoptedBy(world);
    const used = await world.lifecycle.resolve(parseSessionToken(issued.token)!, REQUEST);
    if (used.state !== 'active') throw new Error('Not active');
    await world.rotation.attend(used, REQUEST);
    world.clock.advance('2m');
    const due = await world.lifecycle.resolve(parseSessionToken(issued.token)!, REQUEST);
    if (due.state !== 'active') throw new Error('Not active');
    await world.rotation.attend(due, REQUEST);

    const adopted = await world.adopt();

    expect(adopted?.verdict.state).toBe('active');
    expect(adopted?.issued).toBeUndefined();
  });

  it('refuses the legacy cookie of an ended session until nobody looks at it any more', async () => {
    const world = await setUp({ options: { tombstoneTtl: '1h' } });
    world.legacy.set('old', ADAS);
    const { session } = await adoptedBy(world);
    await endOf(world, session.id);

    const atOnce = await world.adopt();
    world.clock.set(world.source.until - 1);
    const atLast = await world.adopt();
    world.clock.set(world.source.until);
    const after = await world.adopt();

    expect(atOnce?.verdict).toMatchObject({ state: 'revoked', reason: 'admin', late: true });
    expect(atLast?.verdict).toMatchObject({ state: 'revoked', late: false });
    expect(atLast?.issued).toBeUndefined();
    expect(after).toBeUndefined();
    expect((await world.store.list(ADA, { limit: 10 }, world.clock.now())).items).toEqual([]);
  });

  it('does not hand one user the session of another who used the same legacy session', async () => {
    const world = await setUp({ shards: 1 });
    world.legacy.set('old', ADAS);
    await adoptedBy(world);
    world.legacy.set('old', { ...ADAS, user: BOB });

    expect(await world.adopt()).toEqual({ verdict: { state: 'none' } });
  });

  it('opens nothing for a blocked user', async () => {
    const world = await setUp();
    world.legacy.set('old', ADAS);
    const operation = world.operations.begin({ initiator: 'admin' });
    await world.store.block(ADA, world.clock.now() + MINUTE_MS, operation);

    expect(await world.adopt()).toEqual({ verdict: { state: 'none' } });
  });

  it('answers unavailable while too many audit events wait', async () => {
    const world = await setUp({ settings: { outboxMaxBytes: 0 } });
    world.legacy.set('old', ADAS);
    const operation = world.operations.begin({ initiator: 'system' });
    await world.store.block(ADA, 0, operation);
    const waiting = await world.store.outboxState(shardOfUser(ADA, world.store.shards));

    const adopted = await world.adopt();

    expect(waiting.bytes).toBeGreaterThan(0);
    expect(adopted?.verdict).toMatchObject({
      state: 'unavailable',
      error: { code: 'SESSION_AUDIT_BACKLOG' },
    });
  });

  it.each([
    ['is empty', ''],
    ['is longer than a kilobyte', 'x'.repeat(1025)],
  ])('asks nobody about a legacy id that %s', async (_name, legacyId) => {
    const world = await setUp();
    world.legacy.set(legacyId, ADAS);

    expect(await world.adopt(legacyId)).toBeUndefined();
  });

  it('adopts nothing for a user id that no session can have', async () => {
    const world = await setUp();
    world.legacy.set('old', { ...ADAS, user: { userId: 'a\u0000b' } });

    expect(await world.adopt()).toBeUndefined();
  });

  it.each([
    ['fails', () => Promise.reject(new Error('Connection is closed.'))],
    ['does not answer in time', () => new Promise<never>(() => undefined)],
  ])('answers unavailable when the legacy store %s', async (_name, find) => {
    const world = await setUp({ options: { storeTimeout: '10ms' } });

    const adopted = await world.build({ find }).adopt('old', DEVICE, REQUEST);

    expect(adopted).toMatchObject({
      verdict: { state: 'unavailable', error: { code: 'SESSION_STORE_UNAVAILABLE' } },
    });
  });

  it('answers unavailable when our own store fails', async () => {
    const world = await setUp();
    world.legacy.set('old', ADAS);
    const create = () => Promise.reject(new Error('Connection is closed.'));
    const store = Object.assign(Object.create(world.store) as typeof world.store, { create });
    const adoption = new SessionAdoption({ ...world, store, key: 'secret' });

    const adopted = await adoption.adopt('old', DEVICE, REQUEST);

    expect(adopted?.verdict.state).toBe('unavailable');
  });
});

describe('SessionAdoption.settle', () => {
  it('removes the legacy session that the session was adopted from', async () => {
    const world = await setUp();
    world.legacy.set('old', ADAS).set('other', ADAS);
    const { session } = await adoptedBy(world);

    await world.adoption.settle('old', session.id);

    expect([...world.legacy.keys()]).toEqual(['other']);
  });

  it('removes nothing for a session that was not adopted from it', async () => {
    const world = await setUp();
    world.legacy.set('old', ADAS).set('other', ADAS);
    const { session } = await adoptedBy(world);

    await world.adoption.settle('other', session.id);

    expect([...world.legacy.keys()]).toEqual(['old', 'other']);
  });

  it('lets late requests with the legacy cookie alone pass for the straggler window', async () => {
    const world = await setUp({ options: { stragglerWindow: '60s' } });
    world.legacy.set('old', ADAS);
    const { session, token } = await adoptedBy(world);
    await world.adoption.settle('old', session.id);
    await world.adoption.settle('old', session.id);

    world.clock.advance('59s');
    const late = await world.adopt();
    world.clock.advance('1s');
    const tooLate = await world.adopt();

    expect(late?.issued?.token).toBe(token);
    expect(tooLate).toBeUndefined();
  });

  it('tells late requests of a session that has ended since', async () => {
    const world = await setUp();
    world.legacy.set('old', ADAS);
    const { session } = await adoptedBy(world);
    await world.adoption.settle('old', session.id);
    await endOf(world, session.id);

    const late = await world.adopt();

    expect(late?.verdict).toMatchObject({ state: 'revoked', late: true });
  });

  it('leaves no event and nothing that a user could list', async () => {
    const world = await setUp();
    world.legacy.set('old', ADAS);
    const { session } = await adoptedBy(world);

    await world.adoption.settle('old', session.id);

    expect(await world.eventTypes()).toEqual(['session.adopted']);
    expect((await world.store.list(ADA, { limit: 10 }, world.clock.now())).items).toHaveLength(1);
  });

  it('rejects when the legacy session could not be removed', async () => {
    const world = await setUp();
    world.legacy.set('old', ADAS);
    const { session } = await adoptedBy(world);
    const remove = () => Promise.reject(new Error('Connection is closed.'));

    const settled = world.build({ remove }).settle('old', session.id);

    await expect(settled).rejects.toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
  });
});

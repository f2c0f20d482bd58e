import { newSessionId, type SessionId } from '../../core/ids.js';
import type { SessionRecord } from '../../core/session-record.js';
import {
  anAnonymousSession,
  anOperation,
  aSession,
  aUser,
  FakeClock,
  someSettings,
} from '../../testing/index.js';
import type { MemoryShard } from './memory-shard.js';
import { MemorySessionStore, memoryStore } from './memory-store.js';

const TOMBSTONE_TTL_MS = 60_000;

describe('MemorySessionStore', () => {
  let clock: FakeClock;
  let store: MemorySessionStore;

  beforeEach(async () => {
    clock = new FakeClock();
    store = new MemorySessionStore({ shards: 1 });
    await store.start(someSettings({ clock, tombstoneTtlMs: TOMBSTONE_TTL_MS }));
  });

  const login = async (overrides: Parameters<typeof aSession>[1] = {}): Promise<SessionRecord> => {
    const session = aSession({ clock, shards: 1 }, overrides);
    const answer = await store.create({ session }, anOperation(clock));
    if (answer.result !== 'created') throw new Error(answer.result);
    return answer.session;
  };
  const revoke = (id: SessionId) => store.revoke({ id, reason: 'logout' }, anOperation(clock));
  const shard = (): MemoryShard => store['running']!.partitions[0]!;

  it('has 64 shards by default', () => {
    expect(memoryStore().shards).toBe(64);
  });

  it('repeats its answer in the last millisecond before the deadline, and rejects at it', async () => {
    const { id } = await login();
    const operation = anOperation(clock, { deadline: clock.now() + 2_000 });
    const revocation = { id, reason: 'logout' };
    const first = await store.revoke(revocation, operation);

    clock.advance(1_999);
    const second = await store.revoke(revocation, operation);
    clock.advance(1);
    const third = store.revoke(revocation, operation);

    expect(second).toEqual(first);
    await expect(third).rejects.toMatchObject({
      code: 'SESSION_STORE_UNAVAILABLE',
      operation: 'revoke',
    });
  });

  it('forgets its answers when their deadlines have passed', async () => {
    const { id } = await login();
    for (let count = 0; count < 10; count++) await store.touch(id, anOperation(clock));
    clock.advance('2m');

    await store.touch(id, anOperation(clock));

    expect(shard()['replies'].size).toBe(1);
  });

  it('forgets an ended session after the time of its tombstone, and not before', async () => {
    const { id } = await login();
    await revoke(id);

    clock.advance(TOMBSTONE_TTL_MS - 1);
    const before = await store.find(id);
    clock.advance(1);
    const after = await store.find(id);

    expect(before?.session.state).toBe('revoked');
    expect(after).toBeUndefined();
  });

  it('remembers an ended session for as long as the session asked', async () => {
    const { id } = await login({ tombstoneUntil: clock.now() + 5 * TOMBSTONE_TTL_MS });
    await revoke(id);

    clock.advance(5 * TOMBSTONE_TTL_MS - 1);
    const before = await store.find(id);
    clock.advance(1);
    const after = await store.find(id);

    expect(before?.session.state).toBe('revoked');
    expect(after).toBeUndefined();
  });

  it('keeps nothing of what has ended and been forgotten', async () => {
    const user = aUser();
    for (let count = 0; count < 20; count++) await revoke((await login({ user })).id);
    await login({ user, idleTimeoutMs: 1_000 });
    const anonymous = anAnonymousSession({ clock }, { idleTimeoutMs: 1_000 });
    await store.create({ session: anonymous }, anOperation(clock));
    await store.block(user, clock.now() + 1_000, anOperation(clock));
    await store.lease('sweep', 'holder', 1_000);
    clock.advance(1_000);
    await store.sweep(0, 100, anOperation(clock));
    for (const { key } of await store.readOutbox(0, 100)) await store.acknowledge(0, [key]);

    clock.advance(TOMBSTONE_TTL_MS);
    await store.find(anonymous.id);
    await store.lease('other', 'holder', 1);

    const { records, users, creations, expiries, tombstones, blocks, outbox } = shard();
    const sizes = [records, users, creations, expiries, tombstones, blocks, shard()['replies']];
    expect(sizes.map(({ size }) => size)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(outbox.state()).toEqual({ entries: 0, bytes: 0 });
    expect(store['running']!.leases.size).toBe(1);
  });

  it('tells how many sessions it holds while it runs', async () => {
    await login();
    const running = await store.health();
    await store.close();
    await store.close();

    expect(running).toEqual({ available: true, details: { sessions: 1 } });
    expect(await store.health()).toMatchObject({ available: false });
  });

  it('is unavailable before it is started and once it is closed', async () => {
    await store.close();

    const calls = [memoryStore().find(newSessionId(0)), store.lease('sweep', 'holder', 1_000)];

    for (const call of calls)
      await expect(call).rejects.toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
  });

  it('refuses a shard that it does not have', async () => {
    await expect(store.sweep(1, 10, anOperation(clock))).rejects.toThrow(RangeError);
  });
});

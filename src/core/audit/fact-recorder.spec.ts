import { SessionStoreUnavailableError } from '../errors.js';
import type { Fact } from './fact-recorder.js';
import { newSessionId } from '../ids.js';
import { openCore, REQUEST, type CoreUnderTest } from '../../../test/support/core-under-test.js';
import { shardOfUser } from '../user.js';

const ALICE = { tenantId: '', userId: 'alice' };

const aFact = (overrides: Partial<Fact> = {}): Fact => ({
  type: 'login.failed',
  key: '192.0.2.1',
  context: { initiator: 'user', ...REQUEST },
  ...overrides,
});

const countsOf = async (core: CoreUnderTest): Promise<unknown[]> =>
  (await core.events()).map(({ details }) => details?.['count']);

describe('a fact', () => {
  it('is recorded with what is known of it, and noticed', async () => {
    const core = await openCore();
    const sessionId = newSessionId(3);

    await core.facts.record(aFact({ reason: 'bad-password', sessionId, user: ALICE }));

    expect(await core.events()).toEqual([
      expect.objectContaining({
        type: 'login.failed',
        outcome: 'failure',
        reason: 'bad-password',
        sessionId,
        ...ALICE,
        ...REQUEST,
      }),
    ]);
    expect(core.notices).toEqual([
      {
        type: 'login.failed',
        at: core.clock.now(),
        sessionId,
        user: ALICE,
        reason: 'bad-password',
      },
    ]);
  });

  it('is recorded in plain text, however its reason was made', async () => {
    const core = await openCore();

    await core.facts.record(aFact({ reason: `no such user: \ud800\n${'x'.repeat(300)}` }));

    const reason = `no such user: \ufffd\ufffd${'x'.repeat(239)}`;
    expect(await core.events()).toEqual([expect.objectContaining({ reason })]);
    expect(core.notices).toEqual([expect.objectContaining({ reason })]);
  });

  it.each<[string, Partial<Fact>, number]>([
    ['its session', { sessionId: newSessionId(3), user: ALICE }, 3],
    ['its user', { user: ALICE }, shardOfUser(ALICE, 4)],
    ['neither, which is the first', {}, 0],
  ])('goes to the shard of %s', async (_, subject, shard) => {
    const core = await openCore();

    await core.facts.record(aFact(subject));

    expect(core.grown).toEqual([shard]);
    expect((await core.store.outboxState(shard)).entries).toBe(1);
  });
});

describe('facts that repeat', () => {
  it('are recorded once within a minute', async () => {
    const core = await openCore();

    await core.facts.record(aFact());
    core.clock.advance(59_999);
    await core.facts.record(aFact());

    expect(await countsOf(core)).toEqual([undefined]);
  });

  it.each<[string, Partial<Fact>]>([
    ['key', { key: '192.0.2.2' }],
    ['type', { type: 'csrf.rejected' }],
  ])('are told apart by their %s', async (_, other) => {
    const core = await openCore();

    await core.facts.record(aFact());
    await core.facts.record(aFact(other));

    expect(await core.events()).toHaveLength(2);
  });

  it('are counted when the minute is over and the next one comes', async () => {
    const core = await openCore();
    for (let time = 0; time < 4; time += 1) await core.facts.record(aFact());
    core.clock.advance('60s');

    await core.facts.record(aFact());

    expect(await countsOf(core)).toEqual([undefined, 3, undefined]);
  });

  it('are counted when the minute is over and nothing comes', async () => {
    const core = await openCore();
    await core.facts.record(aFact({ context: { initiator: 'user', details: { name: 'eve' } } }));
    await core.facts.record(aFact());
    core.clock.advance(59_999);
    await core.facts.flush();
    expect(await core.events()).toHaveLength(1);

    core.clock.advance(1);
    await core.facts.flush();
    await core.facts.flush();

    expect((await core.events()).map(({ details }) => details)).toEqual([
      { name: 'eve' },
      { name: 'eve', count: 1 },
    ]);
  });

  it('are counted at the close though the minute is not over, and once', async () => {
    const core = await openCore();
    await core.facts.record(aFact());
    await core.facts.record(aFact());

    await core.facts.close();
    await core.facts.close();

    expect(await countsOf(core)).toEqual([undefined, 1]);
  });

  it('are counted once though the close comes amidst a flush', async () => {
    const core = await openCore();
    for (const key of ['192.0.2.1', '192.0.2.2', '192.0.2.2', '192.0.2.1'])
      await core.facts.record(aFact({ key }));
    core.clock.advance('60s');

    await Promise.all([core.facts.flush(), core.facts.close()]);

    expect(await countsOf(core)).toEqual([undefined, undefined, 1, 1]);
  });

  it('are counted at the close in the time of one call to the store', async () => {
    const core = await openCore();
    for (const key of ['192.0.2.1', '192.0.2.2', '192.0.2.2', '192.0.2.1'])
      await core.facts.record(aFact({ key }));
    let calls = 0;
    Object.assign(core.store, { append: () => new Promise(() => void (calls += 1)) });

    void core.facts.close();

    expect(calls).toBe(2);
  });

  it('leave no count where nothing was held back', async () => {
    const core = await openCore();
    await core.facts.record(aFact());
    core.clock.advance('60s');

    await core.facts.flush();

    expect(await core.events()).toHaveLength(1);
  });

  it('are counted with every sweep', async () => {
    const core = await openCore();
    await core.facts.record(aFact());
    await core.facts.record(aFact());
    core.clock.advance('60s');

    await core.sweeper.sweep();

    expect(await countsOf(core)).toEqual([undefined, 1]);
  });

  it('of any number at once are recorded once', async () => {
    const core = await openCore();

    await Promise.all(Array.from({ length: 100 }, () => core.facts.record(aFact())));

    expect(await core.events()).toHaveLength(1);
  });
});

describe('facts of more keys than there is room for', () => {
  const fill = async (core: CoreUnderTest): Promise<void> => {
    for (let index = 0; index < 10_000; index += 1)
      await core.facts.record(aFact({ key: `address-${index}` }));
  };
  const openRoomy = () => openCore({ outboxMaxBytes: 1_073_741_824 }, { shards: 1 });

  it('are taken for those of one key of their type, until a minute is over', async () => {
    const core = await openRoomy();
    await fill(core);

    await core.facts.record(aFact({ key: 'one-too-many', user: ALICE }));
    await core.facts.record(aFact({ key: 'another', user: ALICE }));
    await core.facts.record(aFact({ key: 'address-0' }));
    const entries = await core.store.readOutbox(0, 20_000);
    core.clock.advance('60s');
    await core.facts.flush();
    await core.facts.record(aFact({ key: 'one-too-many' }));

    const all = (await core.store.readOutbox(0, 20_000)).map(({ event }) => event);
    expect(entries).toHaveLength(10_001);
    expect(entries.at(-1)?.event).toMatchObject({ type: 'login.failed', userId: 'alice' });
    const counts = all.filter(({ details }) => details?.['count'] !== undefined);
    expect(counts).toMatchObject([
      { ip: REQUEST.ip, details: { count: 1 } },
      { type: 'login.failed', details: { count: 1 } },
    ]);
    expect(counts[1]).not.toHaveProperty('userId');
    expect(counts[1]).not.toHaveProperty('ip');
    expect(all).toHaveLength(10_004);
    expect(core.facts.dropped).toBe(0);
  });

  it('hide none of another type', async () => {
    const core = await openRoomy();
    await fill(core);

    await core.facts.record(aFact({ type: 'csrf.rejected', key: '192.0.2.9' }));

    const entries = await core.store.readOutbox(0, 20_000);
    expect(entries.at(-1)?.event.type).toBe('csrf.rejected');
  });
});

describe('a fact that the store does not take', () => {
  it('because it fails is dropped, counted and not noticed', async () => {
    const core = await openCore();
    const fail = () => Promise.reject(new SessionStoreUnavailableError('append'));
    Object.assign(core.store, { append: fail });

    await core.facts.record(aFact());

    expect(core.facts.dropped).toBe(1);
    expect(core.notices).toEqual([]);
  });

  it('because its outbox is over the bound is dropped, counted and not noticed', async () => {
    const core = await openCore({ outboxMaxBytes: 1_024 }, { shards: 1 });
    for (let index = 0; core.facts.dropped === 0; index += 1)
      await core.facts.record(aFact({ key: `address-${index}` }));

    const { entries } = await core.store.outboxState(0);

    expect(core.facts.dropped).toBe(1);
    expect(core.notices).toHaveLength(entries);
    expect(core.grown).toHaveLength(entries);
  });
});

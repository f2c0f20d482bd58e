import { jest } from '@jest/globals';
import { shardOfSession } from './ids.js';
import { createSessionCore, type SessionCore } from './session-core.js';
import {
  aLogin,
  issued,
  openCore,
  type CoreUnderTest,
} from '../../test/support/core-under-test.js';

const SWEPT = { idleTimeout: '10m', touchInterval: '1m', sweepInterval: '10s' } as const;

const login = (core: SessionCore, userId: string) =>
  issued(core.lifecycle.login(aLogin({ userId })));

const openMany = (core: SessionCore, count: number) =>
  Promise.all(Array.from({ length: count }, (_, index) => login(core, `user-${index}`)));

/** A second process on the same store. */
const join = (core: CoreUnderTest): SessionCore =>
  createSessionCore({
    store: core.store,
    options: core.options,
    clock: core.clock,
    listener: { notice: () => undefined, outboxGrew: () => undefined },
    reportError: (error) => core.errors.push(error),
  });

/** Makes the store wait in its sweep until it is told to go on. */
function holdSweep(core: CoreUnderTest): {
  readonly begun: Promise<void>;
  readonly release: () => void;
} {
  const sweep = core.store.sweep.bind(core.store);
  let begin = (): void => undefined;
  let release = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const held = new Promise<void>((resolve) => (release = resolve));
  Object.assign(core.store, {
    sweep: async (...args: Parameters<typeof sweep>) => {
      begin();
      await held;
      return sweep(...args);
    },
  });
  return { begun, release };
}

describe('a sweep', () => {
  it('ends what has expired, in every shard, and tells of each', async () => {
    const core = await openCore(SWEPT);
    const expired = await openMany(core, 20);
    core.clock.advance('5m');
    const alive = await login(core, 'alice');
    core.clock.advance('5m');

    const ended = await core.sweeper.sweep();

    expect(ended).toBe(20);
    expect(await core.resolve(alive)).toMatchObject({ state: 'active' });
    const events = (await core.events()).filter(({ type }) => type === 'session.expired');
    expect(new Set(events.map(({ sessionId }) => sessionId))).toEqual(
      new Set(expired.map(({ session }) => session.id)),
    );
    expect(events.every(({ initiator }) => initiator === 'system')).toBe(true);
    expect(core.notices.filter(({ type }) => type === 'session.expired')).toHaveLength(20);
    expect(new Set(core.grown)).toEqual(new Set([0, 1, 2, 3]));
  });

  it('changes nothing for the holder of the token', async () => {
    const core = await openCore(SWEPT);
    const expired = await login(core, 'alice');
    core.clock.advance('1h');
    const before = await core.resolve(expired);

    await core.sweeper.sweep();

    expect(before).toMatchObject({ state: 'expired', reason: 'idle', late: false });
    expect(await core.resolve(expired)).toEqual(before);
  });

  it('goes on until nothing is due, however small its budget', async () => {
    const core = await openCore({ ...SWEPT, sweepBudget: 1 });
    await openMany(core, 20);
    core.clock.advance('10m');

    expect(await core.sweeper.sweep()).toBe(20);
    expect(await core.sweeper.sweep()).toBe(0);
  });

  it('leaves the rest of a very full shard for the next one', async () => {
    const core = await openCore({ ...SWEPT, sweepBudget: 1 }, { shards: 1 });
    await openMany(core, 101);
    core.clock.advance('10m');

    expect(await core.sweeper.sweep()).toBe(100);
    expect(await core.sweeper.sweep()).toBe(1);
  });

  it('is done by one of several processes', async () => {
    const core = await openCore(SWEPT);
    const other = join(core);
    await openMany(core, 10);
    core.clock.advance('10m');

    const ended = await Promise.all([core.sweeper.sweep(), other.sweeper.sweep()]);

    expect(Math.max(...ended)).toBe(10);
    expect(Math.min(...ended)).toBe(0);
  });

  it('is taken over three intervals after the last one of a process that died', async () => {
    const core = await openCore(SWEPT);
    const other = join(core);
    await openMany(core, 5);
    core.clock.advance(570_000);
    await core.sweeper.sweep();

    core.clock.advance(29_999);
    expect(await other.sweeper.sweep()).toBe(0);
    core.clock.advance(1);
    expect(await other.sweeper.sweep()).toBe(5);
    expect(await core.sweeper.sweep()).toBe(0);
  });
});

describe('a shard that fails', () => {
  it('is told of and does not keep the others from being swept', async () => {
    const core = await openCore(SWEPT);
    const error = new Error('away');
    const sweep = core.store.sweep.bind(core.store);
    const failing = async (...args: Parameters<typeof sweep>) => {
      if (args[0] === 1) throw error;
      return sweep(...args);
    };
    Object.assign(core.store, { sweep: failing });
    const opened = await openMany(core, 20);
    const inShard = opened.filter(({ session }) => shardOfSession(session.id) === 1);
    core.clock.advance('10m');

    expect(await core.sweeper.sweep()).toBe(20 - inShard.length);
    expect(core.errors).toEqual([error]);
  });
});

describe('the sweeper', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate'] });
  });

  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  const countSweeps = (core: CoreUnderTest): { count: number } => {
    const sweeps = { count: 0 };
    const lease = core.store.lease.bind(core.store);
    Object.assign(core.store, {
      lease: (...args: Parameters<typeof lease>) => {
        sweeps.count += 1;
        return lease(...args);
      },
    });
    return sweeps;
  };

  it.each([
    ['a fifth early at the least', 0, 8_000],
    ['in the middle on the average', 0.5, 10_000],
    ['a fifth late at the most', 1, 12_000],
  ])('sweeps %s', async (_, random, pause) => {
    jest.spyOn(Math, 'random').mockReturnValue(random);
    const core = await openCore(SWEPT);
    const sweeps = countSweeps(core);
    core.sweeper.start();

    await jest.advanceTimersByTimeAsync(pause - 1);
    expect(sweeps.count).toBe(0);
    await jest.advanceTimersByTimeAsync(1);
    expect(sweeps.count).toBe(1);
    await jest.advanceTimersByTimeAsync(pause);
    expect(sweeps.count).toBe(2);

    await core.sweeper.stop();
  });

  it('started twice sweeps once', async () => {
    const core = await openCore(SWEPT);
    const sweeps = countSweeps(core);
    core.sweeper.start();
    core.sweeper.start();

    await jest.advanceTimersByTimeAsync(12_000);

    expect(sweeps.count).toBe(1);
    await core.sweeper.stop();
  });

  it('stopped sweeps no more', async () => {
    const core = await openCore(SWEPT);
    const sweeps = countSweeps(core);
    core.sweeper.start();

    await core.sweeper.stop();
    await core.sweeper.stop();
    await jest.advanceTimersByTimeAsync(60_000);

    expect(sweeps.count).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is stopped only when the operations under way in two shards are done, and leaves the rest', async () => {
    const core = await openCore(SWEPT);
    const { begun, release } = holdSweep(core);
    let stopped = false;
    await openMany(core, 20);
    core.clock.advance('10m');
    core.sweeper.start();
    await jest.advanceTimersByTimeAsync(12_000);
    await begun;

    const stopping = core.sweeper.stop().then(() => (stopped = true));
    await jest.advanceTimersByTimeAsync(60_000);
    expect(stopped).toBe(false);
    release();
    await stopping;

    const shards = core.notices.filter(({ type }) => type === 'session.expired');
    expect(new Set(shards.map(({ sessionId }) => shardOfSession(sessionId!)))).toEqual(
      new Set([0, 1]),
    );
    expect(jest.getTimerCount()).toBe(0);
  });

  it('does not begin the next sweep before the last is done', async () => {
    const core = await openCore(SWEPT);
    const sweeps = countSweeps(core);
    const { release } = holdSweep(core);
    core.sweeper.start();

    await jest.advanceTimersByTimeAsync(60_000);
    expect(sweeps.count).toBe(1);
    release();
    await jest.advanceTimersByTimeAsync(12_000);

    expect(sweeps.count).toBe(2);
    await core.sweeper.stop();
  });

  it('hands on an error and goes on', async () => {
    const core = await openCore(SWEPT);
    const error = new Error('away');
    const lease = core.store.lease.bind(core.store);
    Object.assign(core.store, { lease: () => Promise.reject(error) });
    await login(core, 'alice');
    core.clock.advance('10m');
    core.sweeper.start();

    await jest.advanceTimersByTimeAsync(12_000);
    expect(core.errors).toEqual([error]);
    Object.assign(core.store, { lease });
    await jest.advanceTimersByTimeAsync(12_000);

    expect(core.errors).toHaveLength(1);
    expect((await core.events()).at(-1)).toMatchObject({ type: 'session.expired' });
    await core.sweeper.stop();
  });
});

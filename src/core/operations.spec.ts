import { Operations } from './operations.js';
import { openCore } from '../../test/support/core-under-test.js';

describe('an operation', () => {
  it('is stamped with the time, its deadline and an id of its own', async () => {
    const core = await openCore({ storeTimeout: '2s' });

    const left = core.operations.begin({ initiator: 'system' });
    const right = core.operations.begin({ initiator: 'system' });

    expect(left).toEqual({
      eventId: expect.stringMatching(/^[\w-]{22}$/),
      now: core.clock.now(),
      deadline: core.clock.now() + 2_000,
      context: { initiator: 'system' },
    });
    expect(right.eventId).not.toBe(left.eventId);
  });

  it('is on the clock of the store', async () => {
    const { store, clock } = await openCore();
    const behind = Object.assign(store, { clockOffsetMs: -250 });
    const operations = new Operations(behind, clock, { storeTimeoutMs: 10 });

    const { now, deadline } = operations.begin({ initiator: 'system' });

    expect(operations.now()).toBe(clock.now() - 250);
    expect([now, deadline]).toEqual([clock.now() - 250, clock.now() - 240]);
  });

  it('has clean texts', async () => {
    const core = await openCore();

    const { context } = core.operations.begin({ initiator: 'user', requestId: 'a\0' });

    expect(context.requestId).toBe('a\uFFFD');
  });
});

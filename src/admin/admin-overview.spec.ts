import type { AuditReports } from '../audit/audit-reports.js';
import { openCore } from '../../test/support/core-under-test.js';
import { AdminOverview } from './admin-overview.js';

const relayState = () => ({ rejected: 0, lastErrorCode: 'ECONNREFUSED' });

describe('the overview', () => {
  it('tells what it can while the database of the audit is away', async () => {
    const core = await openCore();
    const audit = {
      tally: () => Promise.reject(new Error('away')),
      relayState,
    } as unknown as AuditReports;

    const view = await new AdminOverview(core, audit).read('all');

    expect(view).toMatchObject({
      live: { sessions: 0, users: 0 },
      activity: null,
      health: { relay: { waiting: 0, lastErrorCode: 'ECONNREFUSED' } },
    });
  });

  it('asks each shard’s outbox once, for outbox and relay alike', async () => {
    const core = await openCore();
    const asked: number[] = [];
    const ask = core.store.outboxState.bind(core.store);
    core.store.outboxState = (shard) => {
      asked.push(shard);
      return ask(shard);
    };
    const operation = core.operations.begin({ initiator: 'user' });
    await core.store.append(0, { type: 'login.failed' }, operation);
    const audit = { tally: async () => [], relayState } as unknown as AuditReports;

    const { health } = await new AdminOverview(core, audit).read('all');

    expect(asked).toHaveLength(core.store.shards);
    expect(health).toMatchObject({ outbox: { entries: 1 }, relay: { waiting: 1 } });
  });

  it('counts anew after a failure, and keeps no failure', async () => {
    const core = await openCore();
    const count = core.store.countSessions.bind(core.store);
    let isAway = true;
    core.store.countSessions = (tenantId) =>
      isAway ? Promise.reject(new Error('away')) : count(tenantId);
    const overview = new AdminOverview(core);

    await expect(overview.read('all')).rejects.toThrow('away');
    isAway = false;

    expect(await overview.read('all')).toMatchObject({ live: { sessions: 0 } });
  });

  it('holds the counts of one tenant apart from another’s and from those of all', async () => {
    const core = await openCore();
    const asked: (string | undefined)[] = [];
    const count = core.store.countSessions.bind(core.store);
    core.store.countSessions = (tenantId) => {
      asked.push(tenantId);
      return count(tenantId);
    };
    const overview = new AdminOverview(core);

    for (const scope of ['all', { tenantId: 'all' }, { tenantId: '' }, 'all'] as const)
      await overview.read(scope);

    expect(asked).toEqual([undefined, 'all', '']);
  });
});

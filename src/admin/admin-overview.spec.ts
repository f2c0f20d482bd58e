import type { AuditReports } from '../audit/audit-reports.js';
import { openCore } from '../../test/support/core-under-test.js';
import { AdminOverview } from './admin-overview.js';

const health = async () => ({ waiting: 3, rejected: 0, lastErrorCode: 'ECONNREFUSED' });

describe('the overview', () => {
  it('tells what it can while the database of the audit is away', async () => {
    const core = await openCore();
    const audit = {
      tally: () => Promise.reject(new Error('away')),
      health,
    } as unknown as AuditReports;

    const view = await new AdminOverview(core, audit).read('all');

    expect(view).toMatchObject({
      live: { sessions: 0, users: 0 },
      activity: null,
      health: { relay: { waiting: 3, lastErrorCode: 'ECONNREFUSED' } },
    });
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

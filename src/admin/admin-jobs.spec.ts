import type { AuditReports } from '../audit/audit-reports.js';
import type { AuditVerification } from '../audit/audit-verification.js';
import { SessionJobLimitReachedError } from '../core/errors.js';
import { newSessionId } from '../core/ids.js';
import { openCore } from '../../test/support/core-under-test.js';
import { AdminJobs } from './admin-jobs.js';
import type { Operator } from './operator.js';

const VALID = { valid: true, rows: 0, findings: [] } as unknown as AuditVerification;

const operatorCalled = (userId: string): Operator => {
  const user = { tenantId: '', userId };
  return { session: { id: newSessionId(0), user }, scope: 'all' } as unknown as Operator;
};

/** Verifications that take until they are told to end. */
async function heldJobs() {
  const core = await openCore();
  const ends: (() => void)[] = [];
  const verify = () => new Promise((resolve) => ends.push(() => resolve(VALID)));
  const jobs = new AdminJobs(core, { verify } as unknown as AuditReports);
  const settle = async (): Promise<void> => {
    for (const end of ends.splice(0)) end();
    await new Promise((resolve) => void setImmediate(resolve));
  };
  return { core, jobs, settle };
}

describe('the jobs of an operator', () => {
  it('are two of a kind at a time', async () => {
    const { jobs, settle } = await heldJobs();
    const olivia = operatorCalled('olivia');
    await jobs.verify(olivia);
    await jobs.verify(olivia);

    await expect(jobs.verify(olivia)).rejects.toThrow(SessionJobLimitReachedError);
    await settle();

    expect(await jobs.verify(olivia)).toMatchObject({ state: 'running' });
    await settle();
  });

  it('keep no other operator from theirs, and nobody from ending everything', async () => {
    const { jobs, settle } = await heldJobs();
    const olivia = operatorCalled('olivia');
    await jobs.verify(olivia);
    await jobs.verify(olivia);

    const others = await jobs.verify(operatorCalled('oscar'));
    const everything = await jobs.revokeEverything(olivia, { reason: 'incident' });

    expect([others.kind, everything.kind]).toEqual(['verify-audit', 'revoke-everything']);
    await settle();
  });

  it('do not count where they could not be begun', async () => {
    const { core, jobs, settle } = await heldJobs();
    const olivia = operatorCalled('olivia');
    const start = core.jobs.start.bind(core.jobs);
    core.jobs.start = () => Promise.reject(new Error('away'));
    for (let attempt = 0; attempt < 3; attempt += 1)
      await expect(jobs.verify(olivia)).rejects.toThrow('away');

    core.jobs.start = start;

    expect(await jobs.verify(olivia)).toMatchObject({ state: 'running' });
    await settle();
  });
});

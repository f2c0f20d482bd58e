import { setImmediate } from 'node:timers/promises';
import { SessionStoreUnavailableError } from '../errors.js';
import type { JobRecord } from './job-record.js';
import { SessionJobs, type JobWork } from './session-jobs.js';
import { openCore, type CoreUnderTest } from '../../../test/support/core-under-test.js';

const REQUEST = { kind: 'revoke', tenantId: null, details: { matched: null } } as const;

describe('a job', () => {
  let core: CoreUnderTest;
  let reported: unknown[];

  beforeEach(async () => {
    core = await openCore();
    reported = [];
  });

  const jobsOfNode = (): SessionJobs =>
    new SessionJobs(core.store, core.operations, (error) => void reported.push(error));

  async function outcomeOf(work: JobWork, jobs = jobsOfNode()): Promise<JobRecord> {
    const { id } = await jobs.start(REQUEST, work);
    let job = await jobs.find(id);
    for (; job?.state === 'running'; job = await jobs.find(id)) await setImmediate();
    return job!;
  }

  it('is told by another node as it begins and as it ends', async () => {
    const [here, there] = [jobsOfNode(), jobsOfNode()];
    let finish = (): void => {};
    const begun = await here.start(REQUEST, () => new Promise((resolve) => (finish = resolve)));

    const during = await there.find(begun.id);
    finish();
    await here.close();
    const after = await there.find(begun.id);

    expect(during).toEqual(begun);
    expect(begun).toMatchObject({ ...REQUEST, state: 'running', done: 0, total: null });
    expect(after).toMatchObject({ state: 'done', errorCode: null });
  });

  it('ends with what it last told', async () => {
    const job = await outcomeOf(async (report) => {
      await report({ done: 1, total: 2 });
      await report({ done: 2, details: { matched: 2 } });
    });

    expect(job).toMatchObject({ state: 'done', done: 2, total: 2, details: { matched: 2 } });
  });

  it('may refuse', async () => {
    const job = await outcomeOf((report) => report({ state: 'refused' }));

    expect(job.state).toBe('refused');
  });

  it.each([
    [new SessionStoreUnavailableError('revoke'), 'SESSION_STORE_UNAVAILABLE'],
    [new Error('a secret detail'), 'JOB_FAILED'],
  ])('that fails has a code, and reports what happened (%#)', async (error, errorCode) => {
    const job = await outcomeOf(() => Promise.reject(error));

    expect(job).toMatchObject({ state: 'failed', errorCode });
    expect(JSON.stringify(job)).not.toContain('secret');
    expect(reported).toEqual([error]);
  });

  it('is interrupted when its process ends', async () => {
    const jobs = jobsOfNode();
    const { id } = await jobs.start(REQUEST, async (_, signal) => {
      while (!signal.aborted) await setImmediate();
      signal.throwIfAborted();
    });

    await jobs.close();

    expect(await jobsOfNode().find(id)).toMatchObject({ state: 'interrupted', errorCode: null });
    expect(reported).toEqual([]);
  });

  it('is interrupted when nothing has been heard of it for half a minute', async () => {
    const jobs = jobsOfNode();
    const { id } = await jobs.start(REQUEST, (_, signal) => untilAborted(signal));

    core.clock.advance(29_999);
    const before = await jobs.find(id);
    core.clock.advance(1);
    const after = await jobs.find(id);
    await jobs.close();

    expect([before!.state, after!.state]).toEqual(['running', 'interrupted']);
  });

  it('is forgotten after a day', async () => {
    const job = await outcomeOf(() => Promise.resolve());

    core.clock.advance('1d');

    expect(await jobsOfNode().find(job.id)).toBeUndefined();
    expect(await jobsOfNode().latest('revoke')).toBeUndefined();
  });

  it('is the latest of its kind until another begins', async () => {
    const first = await outcomeOf(() => Promise.resolve());
    const latest = await jobsOfNode().latest('revoke');
    const second = await outcomeOf(() => Promise.resolve());

    expect(latest!.id).toBe(first.id);
    expect((await jobsOfNode().latest('revoke'))!.id).toBe(second.id);
    expect(await jobsOfNode().latest('verify-audit')).toBeUndefined();
  });
});

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BlockView, JobView, RevokePreviewView } from '../../src/admin/index.js';
import type { SessionView } from '../../src/index.js';
import { startAdminApp, type AdminApp } from '../support/admin-app.js';
import { overJob, postJson, revoke } from '../support/admin-jobs.js';
import type { Browser } from '../support/browser.js';
import { createAnonymous } from '../support/core-under-test.js';
import { DRIVERS, openStore, type OpenedStore } from '../support/stores.js';

const EVERYTHING = { confirmation: 'end every session' };

const idOf = async (browser: Browser): Promise<string> =>
  (await browser.get('/session')).json<SessionView>().id;

const isIn = async (browser: Browser): Promise<boolean> =>
  (await browser.get('/guarded')).status === 200;

describe.each(DRIVERS)('what operators set going, with sessions in %s,', (driver) => {
  let opened: OpenedStore;
  let sut: AdminApp;
  let operator: Browser;

  beforeEach(async () => {
    opened = await openStore(driver);
    sut = await startAdminApp(opened);
    operator = await sut.signIn('operator');
  });

  afterEach(async () => {
    await sut.close();
    await opened.close();
  });

  describe('ending by filter', () => {
    it('refuses to end more than the maximum, and ends none', async () => {
      const browsers = [await sut.signIn('alice'), await sut.signIn('bob')];
      const filter = { tenantId: '' };

      const refused = await revoke(operator, { filter, max: 1 });
      const stillIn = await Promise.all(browsers.map(isIn));
      const done = await revoke(operator, { filter, max: 2 });

      expect(refused).toMatchObject({ state: 'refused', matched: 2, ended: 0, max: 1 });
      expect(stillIn).toEqual([true, true]);
      expect(done).toMatchObject({
        state: 'done',
        matched: 2,
        ended: 2,
        progress: { done: 2, total: 2 },
        errorCode: null,
      });
      expect(await Promise.all(browsers.map(isIn))).toEqual([false, false]);
    });

    it('spares whoever signed in after the preview, and is safe to repeat', async () => {
      const before = await sut.signIn('alice');
      const filter = { userId: 'alice' };
      const preview = await postJson(operator, '/admin/sessions/revoke', { filter, dryRun: true });
      const cutoff = preview.json<RevokePreviewView>();
      await new Promise((resolve) => void setTimeout(resolve, 2));
      const after = await sut.signIn('alice');

      const first = await revoke(operator, { filter, before: cutoff.before, max: cutoff.matched });
      const again = await revoke(operator, { filter, before: cutoff.before, max: cutoff.matched });

      expect(cutoff).toMatchObject({ matched: 1, complete: true });
      expect([first.ended, again.ended]).toEqual([1, 0]);
      expect([await isIn(before), await isIn(after)]).toEqual([false, true]);
    });

    it('is under way twice at a time for one operator', async () => {
      const search = sut.core.search.search.bind(sut.core.search);
      let release: () => void = () => undefined;
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      sut.core.search.search = (filter, page) => released.then(() => search(filter, page));
      const body = { filter: { userId: 'alice' } };
      const begin = () => postJson(operator, '/admin/sessions/revoke', body);

      const begun = [await begin(), await begin()];
      const refused = await begin();
      release();
      const over = await Promise.all(begun.map((job) => overJob(operator, job)));

      expect(refused.status).toBe(409);
      expect(refused.json()).toMatchObject({ code: 'SESSION_JOB_LIMIT_REACHED' });
      expect(over.map(({ state }) => state)).toEqual(['done', 'done']);
      expect((await begin()).status).toBe(202);
    });

    it('spares the sessions that are named', async () => {
      const [kept, ended] = [await sut.signIn('alice'), await sut.signIn('alice')];

      const job = await revoke(operator, {
        filter: { userId: 'alice' },
        except: [await idOf(kept)],
      });

      expect(job).toMatchObject({ matched: 1, ended: 1 });
      expect([await isIn(kept), await isIn(ended)]).toEqual([true, false]);
    });

    it('can be asked about by any operator of everything, on any node', async () => {
      const job = await revoke(operator, { filter: { userId: 'nobody' } });
      const colleague = await sut.signIn('operator2');

      const answer = await colleague.get(`/admin/jobs/${job.id}`);

      expect(answer.json()).toEqual(job);
      expect(answer.headers.get('cache-control')).toBe('no-store');
    });

    it('hides an operator’s job from one of another tenant, and lets those of all see it', async () => {
      const acme = await sut.signIn('operator', 'acme');
      const other = await sut.signIn('operator', 'other');
      const job = await revoke(acme, { filter: { userId: 'alice' } });
      const ofAll = await revoke(operator, { filter: { userId: 'alice' } });

      const statuses = await Promise.all(
        [
          acme.get(`/admin/jobs/${job.id}`),
          operator.get(`/admin/jobs/${job.id}`),
          other.get(`/admin/jobs/${job.id}`),
          acme.get(`/admin/jobs/${ofAll.id}`),
          acme.get('/admin/jobs/AAAAAAAAAAAAAAAAAAAAAAAA'),
          acme.get('/admin/jobs/short'),
        ].map(async (answer) => (await answer).status),
      );

      expect(statuses).toEqual([200, 200, 404, 404, 404, 404]);
    });
  });

  describe('ending everything', () => {
    it('ends everybody’s sessions, and tells of it afterwards', async () => {
      const browsers = [await sut.signIn('alice', 'acme'), await sut.signIn('bob')];

      const begun = await postJson(operator, '/admin/sessions/revoke-everything', EVERYTHING);
      const { id } = begun.json<JobView>();
      while (await isIn(operator)) await new Promise(setImmediate);
      const signedInAgain = await sut.signIn('operator');
      const job = await overJob(signedInAgain, {
        ...begun,
        json: () => ({ id, state: 'running' }) as never,
      });

      expect(begun.status).toBe(202);
      expect(job).toMatchObject({ kind: 'revoke-everything', state: 'done' });
      expect(job.progress.done).toBe(job.progress.total);
      expect(await Promise.all(browsers.map(isIn))).toEqual([false, false]);
    });

    it('does not exist for an operator of one tenant', async () => {
      const acme = await sut.signIn('operator', 'acme');
      const alice = await sut.signIn('alice', 'acme');

      const answer = await postJson(acme, '/admin/sessions/revoke-everything', EVERYTHING);
      const verify = await postJson(acme, '/admin/audit/verify', {});

      expect([answer.status, verify.status]).toEqual([404, 404]);
      expect(await isIn(alice)).toBe(true);
    });
  });

  describe('a block', () => {
    it('is told of, and lifted', async () => {
      const until = '2999-01-01T00:00:00.000Z';
      const path = '/admin/users/alice/block';
      await postJson(operator, path, { until });

      const blocked = await operator.get(path);
      const lifted = await operator.delete(path);
      const free = await operator.get(path);

      expect(blocked.json<BlockView>()).toEqual({
        tenantId: '',
        userId: 'alice',
        blockedUntil: until,
      });
      expect(lifted.status).toBe(204);
      expect(free.json()).toMatchObject({ blockedUntil: null });
      await sut.signIn('alice');
    });

    it('is none to an operator of another tenant, who cannot lift it', async () => {
      const acme = await sut.signIn('operator', 'acme');
      await postJson(operator, '/admin/users/alice/block', { until: '2999-01-01' });
      const path = '/admin/users/alice/block?tenantId=';

      const seen = await acme.get(path);
      const lifted = await acme.delete(path);

      expect(seen.json()).toMatchObject({ blockedUntil: null });
      expect(lifted.json()).toMatchObject({ statusCode: 404, code: 'SESSION_NOT_FOUND' });
      expect((await operator.get(path)).json()).not.toMatchObject({ blockedUntil: null });
    });
  });

  describe('a user’s sessions', () => {
    it('end all but one', async () => {
      const [kept, ended] = [await sut.signIn('alice'), await sut.signIn('alice')];

      const answer = await operator.delete(
        `/admin/users/alice/sessions?except=${await idOf(kept)}`,
      );

      expect(answer.json()).toEqual({ ended: 1 });
      expect([await isIn(kept), await isIn(ended)]).toEqual([true, false]);
    });
  });

  describe('one session', () => {
    it('is shown to those in whose scope it is', async () => {
      const id = await idOf(await sut.signIn('alice', 'acme'));
      const acme = await sut.signIn('operator', 'acme');
      const other = await sut.signIn('operator', 'other');
      const path = `/admin/sessions/${id}`;

      const [seen, byAll, unseen] = [
        await acme.get(path),
        await operator.get(path),
        await other.get(path),
      ];

      expect(seen.json<SessionView>()).toMatchObject({ id, userId: 'alice', current: false });
      expect(byAll.status).toBe(200);
      expect(unseen.json()).toMatchObject({ statusCode: 404, code: 'SESSION_NOT_FOUND' });
      expect((await operator.get('/admin/sessions/short')).status).toBe(404);
    });

    it('of nobody is shown to those who see all', async () => {
      const { session: visitor } = await createAnonymous(sut.core);
      const acme = await sut.signIn('operator', 'acme');

      const [seen, unseen] = [
        await operator.get(`/admin/sessions/${visitor.id}`),
        await acme.get(`/admin/sessions/${visitor.id}`),
      ];

      expect(seen.json<SessionView>()).toMatchObject({ id: visitor.id, userId: null });
      expect(unseen.status).toBe(404);
    });
  });
});

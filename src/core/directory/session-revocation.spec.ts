import { SessionInputInvalidError } from '../errors.js';
import type { Revocation, RevocationProgress } from './session-revocation.js';
import {
  aLogin,
  issued,
  openCore,
  type CoreUnderTest,
} from '../../../test/support/core-under-test.js';

const CAUSE = { reason: 'incident' };

describe('ending by filter', () => {
  let core: CoreUnderTest;

  beforeEach(async () => {
    core = await openCore({ adminIndex: true });
  });

  const open = async (count: number, tenantId = 'acme') => {
    const ids = [];
    for (let index = 0; index < count; index += 1) {
      const login = aLogin({ userId: `user-${index}`, tenantId });
      ids.push((await issued(core.lifecycle.login(login))).session.id);
    }
    return ids;
  };

  const revocation = (changes: Partial<Revocation> = {}): Revocation => ({
    filter: { tenantId: 'acme' },
    except: [],
    before: core.clock.now() + 1,
    cause: CAUSE,
    max: 1_000,
    ...changes,
  });

  const isAlive = async (id: Awaited<ReturnType<typeof open>>[number]): Promise<boolean> =>
    (await core.directory.get(id)) !== undefined;

  it('tells how far it is, page by page', async () => {
    await open(250);
    const told: RevocationProgress[] = [];

    const result = await core.revocation.revoke(
      revocation(),
      (progress) => void told.push(progress),
    );

    expect(told[0]).toEqual({ matched: 250, done: 0, ended: 0 });
    expect(told.at(-1)).toEqual(result);
    expect(result).toEqual({ matched: 250, done: 250, ended: 250 });
    expect(told.length).toBeGreaterThan(2);
  });

  it('ends none where more match than allowed, and names the limit', async () => {
    const [id] = await open(3);

    const attempt = core.revocation.revoke(revocation({ max: 2 }));

    await expect(attempt).rejects.toThrow(SessionInputInvalidError);
    await expect(attempt).rejects.toMatchObject({ parameter: 'max' });
    expect(await isAlive(id!)).toBe(true);
  });

  it('leaves those begun from the cutoff on, and those it is told to leave', async () => {
    const [kept, ended] = await open(2);
    const before = core.clock.now() + 1;
    core.clock.advance(1);
    const [late] = await open(1);

    const result = await core.revocation.revoke(revocation({ before, except: [kept!] }));

    expect(result).toMatchObject({ matched: 1, ended: 1 });
    expect([await isAlive(kept!), await isAlive(ended!), await isAlive(late!)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('ends nothing more when repeated', async () => {
    await open(2);
    const asked = revocation();
    await core.revocation.revoke(asked);

    expect(await core.revocation.revoke(asked)).toEqual({ matched: 0, done: 0, ended: 0 });
  });

  it('leaves off when it is told to stop', async () => {
    const [id] = await open(1);
    const stop = AbortSignal.abort();

    await expect(core.revocation.revoke(revocation(), undefined, stop)).rejects.toThrow();

    expect(await isAlive(id!)).toBe(true);
  });

  it('counts as far as it is let, and says whether that was all', async () => {
    await open(1_200);
    const target = revocation();

    const all = await core.revocation.count(target, { most: Infinity });
    const few = await core.revocation.count(target, { most: 100 });
    const short = await core.revocation.count(target, { most: Infinity, mostExamined: 200 });

    expect(all).toEqual({ matched: 1_200, complete: true });
    expect([few.complete, short.complete]).toEqual([false, false]);
  });
});

import type { SessionId } from '../../core/ids.js';
import type { SessionRecord } from '../../core/session-record.js';
import type { User } from '../../core/user.js';
import { aTokenHash, aUser } from '../builders.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { inParallel, useStore, type Bench } from './bench.js';

const MINUTE_MS = 60_000;

type OwnedSession = SessionRecord & { readonly user: User };

interface Way {
  readonly name: string;
  readonly act: (bench: Bench, session: OwnedSession) => Promise<unknown>;
}

const late =
  (act: Way['act']): Way['act'] =>
  (bench, session) => {
    bench.clock.advance(MINUTE_MS);
    return act(bench, session);
  };

const touch: Way['act'] = (bench, { id }) => bench.store.touch(id, bench.operation());
const sweep: Way['act'] = (bench, session) =>
  bench.store.sweep(bench.shardOf(session), 100, bench.operation());

/** Each way in which sessions end, their idle timeout being a minute. */
const ENDINGS: readonly Way[] = [
  { name: 'revoke', act: (bench, session) => bench.logout(session) },
  {
    name: 'revokeAll',
    act: (bench, { user }) => bench.store.revokeAll({ user, reason: 'left' }, bench.operation()),
  },
  {
    name: 'create that makes room',
    act: (bench, { user }) =>
      bench.created({
        session: bench.session({ user }),
        limit: { max: 1, onLimit: 'evict-oldest' },
      }),
  },
  {
    name: 'revokeEverything',
    act: (bench, session) =>
      bench.store.revokeEverything(bench.shardOf(session), bench.operation()),
  },
  { name: 'touch that comes too late', act: late(touch) },
  {
    name: 'save that comes too late',
    act: late((bench, { id }) =>
      bench.store.save({ id, set: { a: '1' }, remove: [] }, bench.operation()),
    ),
  },
  { name: 'sweep', act: late(sweep) },
];

/** What ends no session, though it may be written to one. */
const OTHERS: readonly Way[] = [
  { name: 'create', act: (bench, { user }) => bench.login({ user }) },
  { name: 'touch', act: touch },
  {
    name: 'save',
    act: (bench, { id }) =>
      bench.store.save({ id, set: { a: '1' }, remove: [] }, bench.operation()),
  },
  {
    name: 'rotate',
    act: (bench, { id, tokenHash: from }) =>
      bench.store.rotate({ id, from, to: aTokenHash(), kind: 'periodic' }, bench.operation()),
  },
  {
    name: 'confirm',
    act: (bench, { id, tokenHash }) => bench.store.confirm(id, tokenHash, bench.operation()),
  },
  {
    name: 'block',
    act: (bench, { user }) =>
      bench.store.block(user, bench.clock.now() + MINUTE_MS, bench.operation()),
  },
  { name: 'sweep with nothing due', act: sweep },
  {
    name: 'revoke of what nobody knows',
    act: (bench, { id }) =>
      bench.store.revoke(
        { id, reason: 'logout', only: { tenantId: 'another' } },
        bench.operation(),
      ),
  },
];

export function describeLastEnding(open: OpenStore): void {
  describe('lastEndings', () => {
    const bench = useStore(open);

    const lastEndingOf = async (subject: { readonly id: SessionId }) => {
      const shard = bench.shardOf(subject);
      return (await bench.store.lastEndings([shard])).get(shard);
    };
    const login = async (user: User): Promise<OwnedSession> => ({
      ...(await bench.login({ user, idleTimeoutMs: MINUTE_MS })),
      user,
    });

    it('names nothing where nothing has ended', async () => {
      const session = await login(aUser());

      expect(await lastEndingOf(session)).toBeUndefined();
      expect(await bench.store.lastEndings([])).toEqual(new Map());
    });

    it.each(ENDINGS)('changes with whatever ends a session: $name', async ({ act }) => {
      const [user, other] = bench.usersOfOneShard(2);
      await bench.logout(await login(other!));
      const session = await login(user!);
      const before = await lastEndingOf(session);

      await act(bench, session);

      const after = await lastEndingOf(session);
      expect(before).toEqual(expect.any(String));
      expect(after).toEqual(expect.any(String));
      expect(after).not.toBe(before);
    });

    it.each(OTHERS)('stays with what ends none: $name', async ({ act }) => {
      const [user, other] = bench.usersOfOneShard(2);
      await bench.logout(await login(other!));
      const session = await login(user!);
      const before = await lastEndingOf(session);

      await act(bench, session);

      expect(await lastEndingOf(session)).toBe(before);
    });

    it('changes with the end of a session of nobody', async () => {
      const visit = await bench.visit();

      await bench.logout(visit, 'login');

      expect(await lastEndingOf(visit)).toEqual(expect.any(String));
    });

    it('is of each shard apart, and tells of several in one answer', async () => {
      const sessions = await inParallel(20, () => login(aUser()));
      const shards = [...new Set(sessions.map((session) => bench.shardOf(session)))];
      for (const session of sessions) await bench.logout(session);
      const before = await bench.store.lastEndings(shards);
      const last = await login(aUser());

      await bench.logout(last);

      const after = await bench.store.lastEndings(shards);
      const changed = shards.filter((shard) => after.get(shard) !== before.get(shard));
      expect(new Set(before.keys())).toEqual(new Set(shards));
      expect(changed).toEqual(shards.filter((shard) => shard === bench.shardOf(last)));
    });

    it('is never again what it was', async () => {
      const user = aUser();
      const sessions = await inParallel(5, () => login(user));
      const seen: (string | undefined)[] = [];

      for (const session of sessions) {
        await bench.logout(session);
        seen.push(await lastEndingOf(session));
      }

      expect(new Set(seen).size).toBe(5);
    });

    it('names nothing of shards that do not exist', async () => {
      expect(await bench.store.lastEndings([bench.shards + 7])).toEqual(new Map());
    });
  });
}

import type { User } from '../../core/user.js';
import { aUser } from '../builders.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { useStore, type Bench } from './bench.js';
import { HOSTILE_IDS } from './hostile-texts.js';

/** Two users of one shard who are the same once tenant and user id are joined by `separator`. */
function alikeUsers(bench: Bench, separator: string): readonly [User, User] {
  for (let attempt = 0; ; attempt++) {
    const left = { tenantId: 'a', userId: `b${separator}${attempt}` };
    const right = { tenantId: `a${separator}b`, userId: String(attempt) };
    if (bench.shardOf(left) === bench.shardOf(right)) return [left, right];
  }
}

async function expectStrangers(bench: Bench, left: User, right: User): Promise<void> {
  const leftSession = await bench.login({ user: left });
  await bench.store.block(left, bench.clock.now() + 60_000, bench.operation());
  const rightSession = await bench.login({ user: right });
  expect(await bench.listed(left)).toEqual([leftSession.id]);
  expect(await bench.listed(right)).toEqual([rightSession.id]);

  await bench.store.revokeAll({ user: left, reason: 'x' }, bench.operation());

  expect(await bench.listed(left)).toEqual([]);
  expect(await bench.listed(right)).toEqual([rightSession.id]);
  expect(await bench.active(rightSession)).toMatchObject({ user: right });
}

export function describeUsers(open: OpenStore): void {
  describe('users', () => {
    const bench = useStore(open);

    it('are strangers to the same id in another tenant', async () => {
      const user = aUser({ tenantId: 'acme' });

      await expectStrangers(bench, user, { ...user, tenantId: 'umbrella' });
    });

    it('are strangers to the same id without a tenant', async () => {
      const user = aUser({ tenantId: 'acme' });

      await expectStrangers(bench, user, { ...user, tenantId: '' });
    });

    it.each([':', '', '/', '|', ' ', '\u{1F511}'])(
      'are strangers to whom they resemble once joined by %j',
      async (separator) => {
        const [left, right] = alikeUsers(bench, separator);

        await expectStrangers(bench, left, right);
      },
    );

    it.each(['1:a:', '0::', '3:'])(
      'are strangers to whom their id imitates (%j)',
      async (prefix) => {
        const user = aUser();

        await expectStrangers(bench, user, { tenantId: '', userId: prefix + user.userId });
      },
    );

    it.each(HOSTILE_IDS)('may be called %j, and their tenants too', async (id) => {
      const user = { tenantId: id, userId: id };
      const session = await bench.login({ user });
      await bench.store.block(user, bench.clock.now() + 60_000, bench.operation());
      const blocked = await bench.store.create(
        { session: bench.session({ user }) },
        bench.operation(),
      );

      const found = await bench.active(session);
      const listed = await bench.listed(user);
      const ended = await bench.store.revokeAll({ user, reason: 'x' }, bench.operation());

      expect(found.user).toEqual(user);
      expect(listed).toEqual([session.id]);
      expect(blocked.result).toBe('blocked');
      expect(ended).toEqual([{ id: session.id, user, state: 'revoked', reason: 'x' }]);
      expect(await bench.events(user)).toMatchObject(Array(3).fill(user));
    });
  });
}

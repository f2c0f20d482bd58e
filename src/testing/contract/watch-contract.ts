import type { SessionId } from '../../core/ids.js';
import type {
  EndedSession,
  StoreLink,
  StoreMessage,
  StoreWatch,
  StoreWatcher,
} from '../../core/session-store.js';
import { aUser } from '../builders.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { inParallel, sortedIdsOf, useStore, type Bench } from './bench.js';

const MINUTE_MS = 60_000;
/** More than one notification of PostgreSQL has room for. */
const MANY = 60;

/** Hears what a store tells, and waits for what is still on its way. */
class Listener implements StoreWatcher {
  readonly messages: StoreMessage[] = [];
  readonly links: StoreLink[] = [];
  private readonly waiting = new Set<() => void>();

  message(message: StoreMessage): void {
    this.messages.push(message);
    for (const look of this.waiting) look();
  }

  link(link: StoreLink): void {
    this.links.push(link);
  }

  get endings(): readonly EndedSession[] {
    return this.messages.flatMap((message) => (message.type === 'ended' ? message.endings : []));
  }

  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }

  /** How the session ended, once that is told. */
  async ending(id: SessionId): Promise<EndedSession | undefined> {
    await this.until(() => this.endings.some((ending) => ending.id === id));
    return this.endings.find((ending) => ending.id === id);
  }
}

interface Way {
  readonly name: string;
  readonly told: Pick<EndedSession, 'state' | 'reason'>;
  readonly end: (bench: Bench, session: { readonly id: SessionId }) => Promise<unknown>;
}

/** Each way in which one session ends, its idle timeout being a minute. */
const WAYS: readonly Way[] = [
  {
    name: 'revoke',
    told: { state: 'revoked', reason: 'logout' },
    end: (bench, session) => bench.logout(session),
  },
  {
    name: 'revoke for a token that came back',
    told: { state: 'revoked', reason: 'token-reused' },
    end: (bench, { id }) =>
      bench.store.revoke(
        { id, reason: 'token-reused', eventType: 'session.token_reused' },
        bench.operation(),
      ),
  },
  {
    name: 'touch that comes too late',
    told: { state: 'expired', reason: 'idle' },
    end: async (bench, { id }) => {
      bench.clock.advance(MINUTE_MS);
      await bench.store.touch(id, bench.operation());
    },
  },
  {
    name: 'sweep',
    told: { state: 'expired', reason: 'idle' },
    end: async (bench, session) => {
      bench.clock.advance(MINUTE_MS);
      await bench.store.sweep(bench.shardOf(session), 100, bench.operation());
    },
  },
  {
    name: 'sweep after a new epoch',
    told: { state: 'revoked', reason: 'all-revoked' },
    end: async (bench, session) => {
      await bench.store.revokeEverything(bench.shardOf(session), bench.operation());
      await bench.store.sweep(bench.shardOf(session), 100, bench.operation());
    },
  },
];

async function listen(bench: Bench): Promise<readonly [Listener, StoreWatch]> {
  const listener = new Listener();
  return [listener, await bench.store.watch(listener)];
}

export function describeWatch(open: OpenStore): void {
  describe('watch', () => {
    const bench = useStore(open);

    it('has a link as soon as it answers', async () => {
      const [, watch] = await listen(bench);

      expect(watch.link === 'connected' || watch.link === 'local').toBe(true);
    });

    it.each(WAYS)('tells of a session that ends: $name', async ({ told, end }) => {
      const [listener] = await listen(bench);
      const session = await bench.login({ idleTimeoutMs: MINUTE_MS });

      await end(bench, session);

      const { id, user } = session;
      expect(await listener.ending(id)).toEqual({ id, user, ...told });
    });

    it('tells of sessions of nobody', async () => {
      const [listener] = await listen(bench);
      const visit = await bench.visit();

      await bench.logout(visit, 'login');

      expect(await listener.ending(visit.id)).toEqual({
        id: visit.id,
        state: 'revoked',
        reason: 'login',
      });
    });

    it('tells of a session that made room for another', async () => {
      const [listener] = await listen(bench);
      const user = aUser({ tenantId: 'acmé', userId: `o'neil "☃" \\` });
      const { id } = await bench.login({ user });
      const session = bench.session({ user });

      await bench.created({ session, limit: { max: 1, onLimit: 'evict-oldest' } });

      expect(await listener.ending(id)).toEqual({
        id,
        user,
        state: 'evicted',
        reason: 'session-limit',
      });
    });

    it('tells of each of many that end together', async () => {
      const [listener] = await listen(bench);
      const user = aUser({ userId: 'x'.repeat(255) });
      const sessions = await inParallel(MANY, () => bench.login({ user }));

      await bench.store.revokeAll({ user, reason: 'left' }, bench.operation());

      await listener.until(() => listener.endings.length >= MANY);
      expect(sortedIdsOf(listener.endings)).toEqual(sortedIdsOf(sessions));
    });

    it('tells of a new epoch by its shard', async () => {
      const [listener] = await listen(bench);
      const shard = bench.shards - 1;

      await bench.store.revokeEverything(shard, bench.operation());

      await listener.until(() => listener.messages.length > 0);
      expect(listener.messages).toEqual([{ type: 'epoch', shard }]);
    });

    it('tells everybody who watches, until they stop', async () => {
      const [left, watch] = await listen(bench);
      const [right] = await listen(bench);
      const [first, second] = [await bench.login(), await bench.login()];
      await bench.logout(first);
      await Promise.all([left.ending(first.id), right.ending(first.id)]);

      await watch.close();
      await watch.close();
      await bench.logout(second);

      await right.ending(second.id);
      expect(left.endings.map(({ id }) => id)).toEqual([first.id]);
    });

    it('listens again after everybody has stopped', async () => {
      const [, watch] = await listen(bench);
      await watch.close();
      const session = await bench.login();

      const [listener] = await listen(bench);
      await bench.logout(session);

      expect(await listener.ending(session.id)).toMatchObject({ reason: 'logout' });
    });

    it('tells of nothing that has not happened, and of nothing twice', async () => {
      const [listener] = await listen(bench);
      const [session, last] = [await bench.login(), await bench.login()];
      const operation = bench.operation();
      await bench.store.revoke({ id: session.id, reason: 'logout' }, operation);
      await bench.store.revoke({ id: session.id, reason: 'logout' }, operation);
      await bench.logout(session);
      await bench.store.touch(last.id, bench.operation());

      await bench.logout(last);

      await listener.ending(last.id);
      expect(listener.endings.map(({ id }) => id)).toEqual([session.id, last.id]);
    });
  });
}

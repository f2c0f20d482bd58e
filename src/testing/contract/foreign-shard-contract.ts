import { MAX_SHARDS, newSessionId, type SessionId } from '../../core/ids.js';
import { aTokenHash } from '../builders.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { useStore, type Bench } from './bench.js';

/** Every change of a session that is named by its id. */
const CHANGES: Readonly<Record<string, (bench: Bench, id: SessionId) => Promise<unknown>>> = {
  save: (bench, id) => bench.store.save({ id, set: { a: '1' }, remove: [] }, bench.operation()),
  touch: (bench, id) => bench.store.touch(id, bench.operation()),
  rotate: (bench, id) =>
    bench.store.rotate(
      { id, from: aTokenHash(id), to: aTokenHash(id), kind: 'immediate' },
      bench.operation(),
    ),
  confirm: (bench, id) => bench.store.confirm(id, aTokenHash(id), bench.operation()),
  revoke: (bench, id) => bench.store.revoke({ id, reason: 'logout' }, bench.operation()),
};

export function describeForeignShard(open: OpenStore): void {
  describe('an id of a shard that does not exist', () => {
    const bench = useStore(open);

    it('names nothing that could be found', async () => {
      const { id } = await bench.login();
      const ids = [newSessionId(bench.shards), newSessionId(MAX_SHARDS - 1)];

      const one = await bench.store.find(ids[0]!);
      const many = await bench.store.findMany([id, ...ids]);

      expect(one).toBeUndefined();
      expect([...many.keys()]).toEqual([id]);
    });

    it.each(Object.keys(CHANGES))('names a session that is gone: %s', async (name) => {
      const change = CHANGES[name]!;

      const answers = [
        await change(bench, newSessionId(bench.shards)),
        await change(bench, newSessionId(MAX_SHARDS - 1)),
      ];

      for (const answer of answers) expect([{ result: 'gone' }, 'gone']).toContainEqual(answer);
    });
  });
}

import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { untilAnswered, useStore } from './bench.js';

const LONG_MS = 60_000;
const SHORT_MS = 5;

export function describeNotes(open: OpenStore): void {
  describe('notes', () => {
    const bench = useStore(open);

    it('are given back as they were written', async () => {
      const text = JSON.stringify({ text: '"\\ 👩‍💻 \n', list: [1, null, {}] });

      await bench.store.writeNote('job.one', text, LONG_MS);

      expect(await bench.store.readNote('job.one')).toBe(text);
      expect(await bench.store.readNote('job.two')).toBeUndefined();
    });

    it('may be long', async () => {
      const text = 'é'.repeat(32_000);

      await bench.store.writeNote('job.one', text, LONG_MS);

      expect(await bench.store.readNote('job.one')).toBe(text);
    });

    it('are what was written last', async () => {
      await bench.store.writeNote('job.one', 'first', LONG_MS);
      await bench.store.writeNote('job.one', 'second', LONG_MS);

      expect(await bench.store.readNote('job.one')).toBe('second');
    });

    it('are gone when their time is up', async () => {
      await bench.store.writeNote('job.one', 'text', SHORT_MS);
      bench.clock.advance(SHORT_MS);

      // A server has a clock that nobody here can move, so this asks until it is gone.
      const gone = await untilAnswered(
        async () => (await bench.store.readNote('job.one')) === undefined || undefined,
      );

      expect(gone).toBe(true);
    });
  });
}

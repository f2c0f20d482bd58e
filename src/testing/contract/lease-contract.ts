import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { inParallel, untilAnswered, useStore } from './bench.js';

const LONG_MS = 60_000;
const SHORT_MS = 5;

export function describeLease(open: OpenStore): void {
  describe('lease', () => {
    const bench = useStore(open);

    it('goes to the first who asks and to nobody else', async () => {
      const answers = [
        await bench.store.lease('sweep', 'left', LONG_MS),
        await bench.store.lease('sweep', 'right', LONG_MS),
      ];

      expect(answers).toEqual([true, false]);
    });

    it('goes to one of many who ask at once', async () => {
      const answers = await inParallel(20, (index) =>
        bench.store.lease('sweep', `holder-${index}`, LONG_MS),
      );

      expect(answers.filter((held) => held)).toHaveLength(1);
    });

    it('stays with its holder, who may ask again', async () => {
      await bench.store.lease('sweep', 'left', LONG_MS);

      const answers = [
        await bench.store.lease('sweep', 'left', LONG_MS),
        await bench.store.lease('sweep', 'right', LONG_MS),
        await bench.store.lease('sweep', 'left', LONG_MS),
      ];

      expect(answers).toEqual([true, false, true]);
    });

    it('is one of its own for each name', async () => {
      await bench.store.lease('sweep', 'left', LONG_MS);

      expect(await bench.store.lease('relay', 'right', LONG_MS)).toBe(true);
    });

    it('is free again when its time is up', async () => {
      await bench.store.lease('sweep', 'left', SHORT_MS);
      bench.clock.advance(SHORT_MS);

      // A server has a clock that nobody here can move, so this asks until it is free.
      await untilAnswered(
        async () => (await bench.store.lease('sweep', 'right', LONG_MS)) || undefined,
      );

      expect(await bench.store.lease('sweep', 'left', LONG_MS)).toBe(false);
    });

    it('lasts from the last time its holder asked', async () => {
      await bench.store.lease('sweep', 'left', SHORT_MS);
      await bench.store.lease('sweep', 'left', LONG_MS);
      bench.clock.advance(SHORT_MS);

      expect(await bench.store.lease('sweep', 'right', LONG_MS)).toBe(false);
    });
  });
}

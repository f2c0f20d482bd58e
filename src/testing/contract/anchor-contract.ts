import type { AuditAnchor } from '../../core/audit/audit-anchor.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { inParallel, useStore } from './bench.js';

const anchorAt = (chainSeq: number, letter = 'h'): AuditAnchor => ({
  chainSeq,
  hash: `${letter}${chainSeq}`.padEnd(43, '_-A'),
});

const FIRST = anchorAt(3);
const SECOND = anchorAt(9_007_199_254_740_991);

export function describeAnchor(open: OpenStore): void {
  describe('the anchor of a chain', () => {
    const bench = useStore(open);

    it('is nowhere at first', async () => {
      expect(await bench.store.readAnchor(0)).toBeUndefined();
    });

    it('stands where it was set', async () => {
      const isSet = await bench.store.anchor(0, undefined, FIRST);

      expect(isSet).toBe(true);
      expect(await bench.store.readAnchor(0)).toEqual(FIRST);
    });

    it('is moved by who knows where it stands', async () => {
      await bench.store.anchor(0, undefined, FIRST);

      const isMoved = await bench.store.anchor(0, FIRST, SECOND);

      expect(isMoved).toBe(true);
      expect(await bench.store.readAnchor(0)).toEqual(SECOND);
    });

    it.each([undefined, anchorAt(2), anchorAt(3, 'x')])(
      'stays for who takes it to be at %j',
      async (from) => {
        await bench.store.anchor(0, undefined, FIRST);

        const isMoved = await bench.store.anchor(0, from, SECOND);

        expect(isMoved).toBe(false);
        expect(await bench.store.readAnchor(0)).toEqual(FIRST);
      },
    );

    it('may be set anew by who knew it, where the store has lost it', async () => {
      const isSet = await bench.store.anchor(0, FIRST, SECOND);

      expect(isSet).toBe(true);
      expect(await bench.store.readAnchor(0)).toEqual(SECOND);
    });

    it('answers a repetition as the first time', async () => {
      await bench.store.anchor(0, undefined, FIRST);
      await bench.store.anchor(0, FIRST, SECOND);

      const answers = [
        await bench.store.anchor(0, FIRST, SECOND),
        await bench.store.anchor(0, FIRST, SECOND),
      ];

      expect(answers).toEqual([true, true]);
      expect(await bench.store.readAnchor(0)).toEqual(SECOND);
    });

    it('is moved by one of many who ask at once', async () => {
      await bench.store.anchor(0, undefined, FIRST);

      const answers = await inParallel(20, (index) =>
        bench.store.anchor(0, FIRST, anchorAt(10 + index)),
      );

      const noted = await bench.store.readAnchor(0);
      expect(answers.filter((isMoved) => isMoved)).toHaveLength(1);
      expect(noted).toEqual(anchorAt(10 + answers.indexOf(true)));
    });

    it('is one of its own for each shard', async () => {
      await bench.store.anchor(0, undefined, FIRST);

      expect(await bench.store.readAnchor(1)).toBeUndefined();
    });
  });
}

import { newSessionId } from '../../core/ids.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { inParallel, useStore } from './bench.js';

export function describeTouch(open: OpenStore): void {
  describe('touch', () => {
    const bench = useStore(open);

    it('records the activity and changes nothing else', async () => {
      const session = await bench.login({ data: { a: '1' } });
      bench.clock.advance('5m');

      const answer = await bench.store.touch(session.id, bench.operation());

      expect(answer).toBe('touched');
      expect(await bench.active(session)).toEqual({ ...session, lastSeenAt: bench.clock.now() });
    });

    it('never moves the last activity back', async () => {
      const session = await bench.login();

      const answer = await bench.store.touch(
        session.id,
        bench.operation({ now: bench.clock.now() - 1 }),
      );

      expect(answer).toBe('touched');
      expect(await bench.active(session)).toEqual(session);
    });

    it('keeps the latest of many at once', async () => {
      const { id, lastSeenAt } = await bench.login();

      await inParallel(20, (index) =>
        bench.store.touch(id, bench.operation({ now: lastSeenAt + ((index * 7) % 20) })),
      );

      expect(await bench.active({ id })).toMatchObject({ lastSeenAt: lastSeenAt + 19 });
    });

    it('puts off the end by silence, and not the end by age', async () => {
      const session = await bench.login({
        idleTimeoutMs: 1_000,
        absoluteExpiresAt: bench.clock.now() + 1_500,
      });
      bench.clock.advance(999);
      await bench.store.touch(session.id, bench.operation());

      bench.clock.advance(500);
      const before = await bench.store.touch(session.id, bench.operation());
      bench.clock.advance(1);
      const after = await bench.store.touch(session.id, bench.operation());

      expect([before, after]).toEqual(['touched', 'gone']);
      expect(await bench.stored(session)).toMatchObject({ state: 'expired', reason: 'absolute' });
    });

    it('touches an anonymous session', async () => {
      const session = await bench.visit();
      bench.clock.advance('5m');

      await bench.store.touch(session.id, bench.operation());

      expect(await bench.active(session)).toMatchObject({ lastSeenAt: bench.clock.now() });
    });

    it('leaves no event', async () => {
      const session = await bench.login();
      await bench.drain(session);

      await bench.store.touch(session.id, bench.operation());

      expect(await bench.events(session)).toEqual([]);
    });

    it('answers gone where there is no session, and makes none', async () => {
      const id = newSessionId(0);

      expect(await bench.store.touch(id, bench.operation())).toBe('gone');
      expect(await bench.store.find(id)).toBeUndefined();
    });

    it('never brings back an ended session', async () => {
      const session = await bench.login();
      await bench.logout(session);
      const ended = await bench.stored(session);

      expect(await bench.store.touch(session.id, bench.operation())).toBe('gone');
      expect(await bench.stored(session)).toEqual(ended);
    });
  });
}

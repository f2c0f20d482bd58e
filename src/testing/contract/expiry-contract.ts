import type { SessionRecord } from '../../core/session-record.js';
import type { NewSession } from '../../core/session-store.js';
import { aTokenHash } from '../builders.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { useStore, type Bench } from './bench.js';

const LIFE_MS = 60_000;

const DEADLINES = {
  idle: () => ({ idleTimeoutMs: LIFE_MS }),
  absolute: (bench: Bench) => ({ absoluteExpiresAt: bench.clock.now() + LIFE_MS }),
} satisfies Record<string, (bench: Bench) => Partial<NewSession>>;

type Verb = (bench: Bench, session: SessionRecord) => Promise<string>;

/** Every operation on one session, and what it answered. */
const VERBS: Readonly<Record<string, Verb>> = {
  save: async (bench, { id }) =>
    (await bench.store.save({ id, set: { a: '1' }, remove: [] }, bench.operation())).result,
  touch: (bench, { id }) => bench.store.touch(id, bench.operation()),
  rotate: async (bench, { id, tokenHash: from }) =>
    (
      await bench.store.rotate(
        { id, from, to: aTokenHash(id, 1), kind: 'immediate' },
        bench.operation(),
      )
    ).result,
  confirm: (bench, { id, tokenHash }) => bench.store.confirm(id, tokenHash, bench.operation()),
  revoke: async (bench, { id }) =>
    (await bench.store.revoke({ id, reason: 'logout' }, bench.operation())).result,
};

const CASES = Object.keys(VERBS).flatMap((verb) =>
  (['idle', 'absolute'] as const).map((reason) => ({ verb, reason })),
);

export function describeExpiry(open: OpenStore): void {
  describe('the deadlines', () => {
    const bench = useStore(open);

    it.each(CASES)(
      'let $verb through one millisecond before the $reason one',
      async ({ verb, reason }) => {
        const session = await bench.login(DEADLINES[reason](bench));
        await bench.drain(session);
        bench.clock.advance(LIFE_MS - 1);

        const answer = await VERBS[verb]!(bench, session);

        expect(answer).not.toBe('gone');
        expect(await bench.events(session)).not.toContainEqual(
          expect.objectContaining({ type: 'session.expired' }),
        );
      },
    );

    it.each(CASES)(
      'make $verb end the session as expired at the $reason one',
      async ({ verb, reason }) => {
        const session = await bench.login(DEADLINES[reason](bench));
        await bench.drain(session);
        bench.clock.advance(LIFE_MS);

        const answers = [await VERBS[verb]!(bench, session), await VERBS[verb]!(bench, session)];

        expect(answers).toEqual(['gone', 'gone']);
        expect(await bench.stored(session)).toMatchObject({ state: 'expired', reason });
        expect(await bench.stored(session)).not.toHaveProperty('data');
        expect(await bench.listed(session.user!)).toEqual([]);
        expect(await bench.events(session)).toEqual([
          {
            eventId: expect.any(String),
            type: 'session.expired',
            reason,
            occurredAt: bench.clock.now(),
            outcome: 'success',
            initiator: 'system',
            tenantId: session.user!.tenantId,
            userId: session.user!.userId,
            sessionId: session.id,
          },
        ]);
      },
    );

    it.each(CASES)(
      'end an anonymous session by $verb at the $reason one, without an event',
      async ({ verb, reason }) => {
        const session = await bench.visit(DEADLINES[reason](bench));
        bench.clock.advance(LIFE_MS);

        const answer = await VERBS[verb]!(bench, session);

        expect(answer).toBe('gone');
        expect(await bench.stored(session)).toMatchObject({ state: 'expired', reason });
        expect(await bench.events(session)).toEqual([]);
      },
    );

    it('decide by age where both have come', async () => {
      const session = await bench.login({ ...DEADLINES.idle(), ...DEADLINES.absolute(bench) });
      bench.clock.advance(LIFE_MS);

      await bench.store.touch(session.id, bench.operation());

      expect(await bench.stored(session)).toMatchObject({ state: 'expired', reason: 'absolute' });
    });

    it('name the event after the operation and the session', async () => {
      const session = await bench.login({ idleTimeoutMs: LIFE_MS });
      await bench.drain(session);
      bench.clock.advance(LIFE_MS);
      const operation = bench.operation();

      await bench.store.touch(session.id, operation);

      const eventId = `${operation.eventId}.${session.id}`;
      expect(await bench.events(session)).toMatchObject([{ eventId }]);
      expect(await bench.stored(session)).toMatchObject({ eventId });
    });
  });
}

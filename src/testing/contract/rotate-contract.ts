import { newSessionId } from '../../core/ids.js';
import type { SessionRecord } from '../../core/session-record.js';
import type { RotateRequest, RotateResult } from '../../core/session-store.js';
import { aTokenHash, aUser } from '../builders.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { inParallel, useStore, type Bench } from './bench.js';

const rotate = (
  bench: Bench,
  { id, tokenHash }: Pick<SessionRecord, 'id' | 'tokenHash'>,
  overrides: Partial<RotateRequest> = {},
): Promise<RotateResult> =>
  bench.store.rotate(
    { id, from: tokenHash, to: aTokenHash(id), kind: 'immediate', ...overrides },
    bench.operation(),
  );

async function rotated(
  bench: Bench,
  session: Pick<SessionRecord, 'id' | 'tokenHash'>,
  overrides: Partial<RotateRequest> = {},
): Promise<SessionRecord> {
  const answer = await rotate(bench, session, overrides);
  if (answer.result !== 'rotated') throw new Error(`rotate answered ${answer.result}`);
  return answer.session;
}

export function describeRotate(open: OpenStore): void {
  describe('rotate', () => {
    const bench = useStore(open);

    it.each(['immediate', 'periodic'] as const)(
      'exchanges the token and keeps the session (%s)',
      async (kind) => {
        const session = await bench.login({ data: { a: '1' } });
        const to = aTokenHash(session.id, 1);
        bench.clock.advance('5m');

        const answer = await rotate(bench, session, { to, kind });

        const expected = {
          ...session,
          tokenHash: to,
          previousTokenHash: session.tokenHash,
          generation: 1,
          rotatedAt: bench.clock.now(),
          rotation: kind,
          lastSeenAt: bench.clock.now(),
        };
        expect(answer).toEqual({ result: 'rotated', session: expected });
        expect(await bench.active(session)).toEqual(expected);
      },
    );

    it('forgets that the token before was confirmed', async () => {
      const session = await bench.login();
      const first = await rotated(bench, session, { kind: 'periodic' });
      await bench.store.confirm(first.id, first.tokenHash, bench.operation());

      const second = await rotated(bench, first, { kind: 'periodic' });

      expect(second).toMatchObject({ generation: 2, previousTokenHash: first.tokenHash });
      expect(second.confirmedAt).toBeUndefined();
    });

    it('records the rotation', async () => {
      const session = await bench.login({ user: aUser({ tenantId: 'acme' }) });
      await bench.drain(session);
      const operation = bench.operation();

      await bench.store.rotate(
        { id: session.id, from: session.tokenHash, to: aTokenHash(), kind: 'periodic' },
        operation,
      );

      expect(await bench.events(session)).toEqual([
        {
          ...operation.context,
          eventId: operation.eventId,
          type: 'session.rotated',
          occurredAt: operation.now,
          outcome: 'success',
          tenantId: 'acme',
          userId: session.user?.userId,
          sessionId: session.id,
        },
      ]);
    });

    it('lets exactly one of many rotations of one token win', async () => {
      const session = await bench.login();

      const answers = await inParallel(20, () => rotate(bench, session));

      const winners = answers.filter(({ result }) => result === 'rotated');
      const losers = answers.filter(({ result }) => result === 'lost');
      const now = await bench.active(session);
      expect(winners).toEqual([{ result: 'rotated', session: now }]);
      expect(losers).toEqual(Array(19).fill({ result: 'lost', session: now }));
      expect(await bench.events(session)).toHaveLength(2);
    });

    it('answers lost to a token that is not in force, and shows the session as it is', async () => {
      const session = await bench.login();

      const answer = await rotate(bench, { ...session, tokenHash: aTokenHash() });

      expect(answer).toEqual({ result: 'lost', session });
      expect(await bench.active(session)).toEqual(session);
    });

    it('answers rotated where the new token is in force already, and changes nothing', async () => {
      const session = await bench.login();
      const now = await rotated(bench, session);
      bench.clock.advance('5m');

      const answer = await rotate(bench, session, { to: now.tokenHash });

      expect(answer).toEqual({ result: 'rotated', session: now });
      expect(await bench.active(session)).toEqual(now);
      expect(await bench.events(session)).toHaveLength(2);
    });

    it('renews identity and both timeouts on a new proof of identity', async () => {
      const session = await bench.login({ methods: ['pwd'] });
      await bench.drain(session);
      bench.clock.advance('5m');
      const absoluteExpiresAt = bench.clock.now() + 86_400_000;

      const renewed = await rotated(bench, session, {
        reauthenticated: { methods: ['pwd', 'otp'], absoluteExpiresAt },
      });

      expect(renewed).toMatchObject({
        authenticatedAt: bench.clock.now(),
        lastSeenAt: bench.clock.now(),
        methods: ['pwd', 'otp'],
        absoluteExpiresAt,
        createdAt: session.createdAt,
        generation: 1,
      });
      expect(await bench.active(session)).toEqual(renewed);
      expect(await bench.events(session)).toMatchObject([
        { type: 'session.reauthenticated', methods: ['pwd', 'otp'], sessionId: session.id },
      ]);
    });

    it('leaves the proof of identity and the age alone otherwise', async () => {
      const session = await bench.login();
      bench.clock.advance('5m');

      const { authenticatedAt, absoluteExpiresAt, methods } = await rotated(bench, session);

      expect({ authenticatedAt, absoluteExpiresAt, methods }).toEqual({
        authenticatedAt: session.authenticatedAt,
        absoluteExpiresAt: session.absoluteExpiresAt,
        methods: session.methods,
      });
    });

    it('rotates an anonymous session without an event', async () => {
      const session = await bench.visit();

      const answer = await rotate(bench, session);

      expect(answer).toMatchObject({ result: 'rotated', session: { generation: 1 } });
      expect(await bench.events(session)).toEqual([]);
    });

    it('answers gone where there is no session', async () => {
      const id = newSessionId(0);

      expect(await rotate(bench, { id, tokenHash: aTokenHash() })).toEqual({ result: 'gone' });
      expect(await bench.store.find(id)).toBeUndefined();
    });

    it('never brings back an ended session', async () => {
      const session = await bench.login();
      await bench.logout(session);

      expect(await rotate(bench, session)).toEqual({ result: 'gone' });
      expect(await bench.stored(session)).toMatchObject({
        state: 'revoked',
        tokenHash: session.tokenHash,
      });
    });
  });

  describe('rotate in place of an unconfirmed token', () => {
    const bench = useStore(open);

    it('replaces the new token and keeps the one before', async () => {
      const session = await bench.login();
      const unconfirmed = await rotated(bench, session, { kind: 'periodic' });
      bench.clock.advance('30s');
      const to = aTokenHash(session.id, 1);

      const answer = await rotate(bench, unconfirmed, {
        to,
        kind: 'periodic',
        replaceUnconfirmed: true,
      });

      const expected = {
        ...unconfirmed,
        tokenHash: to,
        rotatedAt: bench.clock.now(),
        lastSeenAt: bench.clock.now(),
      };
      expect(answer).toEqual({ result: 'rotated', session: expected });
      expect(await bench.active(session)).toEqual(expected);
    });

    it('loses against a confirmation', async () => {
      const session = await bench.login();
      const unconfirmed = await rotated(bench, session, { kind: 'periodic' });
      await bench.store.confirm(session.id, unconfirmed.tokenHash, bench.operation());
      const confirmed = await bench.active(session);

      const answer = await rotate(bench, unconfirmed, {
        kind: 'periodic',
        replaceUnconfirmed: true,
      });

      expect(answer).toEqual({ result: 'lost', session: confirmed });
      expect(await bench.active(session)).toEqual(confirmed);
    });

    it('loses after an immediate rotation, whose token needs no confirming', async () => {
      const session = await bench.login();
      const now = await rotated(bench, session, { kind: 'immediate' });

      const answer = await rotate(bench, now, { kind: 'periodic', replaceUnconfirmed: true });

      expect(answer).toEqual({ result: 'lost', session: now });
    });

    it('is done for one of many that replace the same token', async () => {
      const session = await bench.login();
      const unconfirmed = await rotated(bench, session, { kind: 'periodic' });

      const answers = await inParallel(5, () =>
        rotate(bench, unconfirmed, { kind: 'periodic', replaceUnconfirmed: true }),
      );

      const results = answers.map(({ result }) => result).sort();
      expect(results).toEqual(['lost', 'lost', 'lost', 'lost', 'rotated']);
    });

    it.each(['the previous', 'an unknown'])(
      'loses with %s token in place of the one in force',
      async (which) => {
        const session = await bench.login();
        const now = await rotated(bench, session, { kind: 'periodic' });
        const tokenHash = which === 'the previous' ? session.tokenHash : aTokenHash();

        const answer = await rotate(
          bench,
          { id: session.id, tokenHash },
          { kind: 'periodic', replaceUnconfirmed: true },
        );

        expect(answer).toEqual({ result: 'lost', session: now });
        expect(await bench.active(session)).toEqual(now);
      },
    );

    it('loses where nothing has been rotated yet', async () => {
      const session = await bench.login({ rotation: 'periodic' });

      const answer = await rotate(bench, session, { kind: 'periodic', replaceUnconfirmed: true });

      expect(answer).toEqual({ result: 'lost', session });
    });

    it('agrees with a confirmation at the same time on who was first', async () => {
      const session = await bench.login();
      const unconfirmed = await rotated(bench, session, { kind: 'periodic' });

      const [confirmation, replacement] = await Promise.all([
        bench.store.confirm(session.id, unconfirmed.tokenHash, bench.operation()),
        rotate(bench, unconfirmed, { kind: 'periodic', replaceUnconfirmed: true }),
      ]);

      expect([
        ['confirmed', 'lost'],
        ['lost', 'rotated'],
      ]).toContainEqual([confirmation, replacement.result]);
    });
  });

  describe('confirm', () => {
    const bench = useStore(open);

    it('notes the first use of a rotated token and changes nothing else', async () => {
      const session = await rotated(bench, await bench.login(), { kind: 'periodic' });
      bench.clock.advance('5s');

      const answer = await bench.store.confirm(session.id, session.tokenHash, bench.operation());

      expect(answer).toBe('confirmed');
      expect(await bench.active(session)).toEqual({ ...session, confirmedAt: bench.clock.now() });
    });

    it('keeps the first of many uses', async () => {
      const session = await rotated(bench, await bench.login(), { kind: 'periodic' });
      const firstUse = bench.clock.now();
      await bench.store.confirm(session.id, session.tokenHash, bench.operation());
      bench.clock.advance('5s');

      const answers = await inParallel(5, () =>
        bench.store.confirm(session.id, session.tokenHash, bench.operation()),
      );

      expect(answers).toEqual(Array(5).fill('confirmed'));
      expect(await bench.active(session)).toMatchObject({ confirmedAt: firstUse });
    });

    it.each(['previous', 'unknown'])('answers lost to a token that is %s', async (which) => {
      const before = await bench.login();
      const session = await rotated(bench, before, { kind: 'periodic' });

      const answer = await bench.store.confirm(
        session.id,
        which === 'previous' ? before.tokenHash : aTokenHash(),
        bench.operation(),
      );

      expect(answer).toBe('lost');
      expect(await bench.active(session)).toEqual(session);
    });

    it('leaves no event', async () => {
      const session = await rotated(bench, await bench.login(), { kind: 'periodic' });
      await bench.drain(session);

      await bench.store.confirm(session.id, session.tokenHash, bench.operation());

      expect(await bench.events(session)).toEqual([]);
    });

    it('answers gone where there is no session or it has ended', async () => {
      const ended = await bench.login();
      await bench.logout(ended);

      const answers = [
        await bench.store.confirm(newSessionId(0), aTokenHash(), bench.operation()),
        await bench.store.confirm(ended.id, ended.tokenHash, bench.operation()),
      ];

      expect(answers).toEqual(['gone', 'gone']);
    });
  });
}

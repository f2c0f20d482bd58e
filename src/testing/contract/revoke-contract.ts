import { newSessionId } from '../../core/ids.js';
import { aContext, aUser } from '../builders.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { inParallel, useStore } from './bench.js';

export function describeRevoke(open: OpenStore): void {
  describe('revoke', () => {
    const bench = useStore(open);

    it('ends the session and shows it as it was, data included', async () => {
      const session = await bench.login({ data: { a: '1' } });

      const answer = await bench.store.revoke(
        { id: session.id, reason: 'logout' },
        bench.operation(),
      );

      expect(answer).toEqual({ result: 'revoked', session });
      expect(await bench.stored(session)).toMatchObject({ state: 'revoked', reason: 'logout' });
      expect(await bench.listed(session.user!)).toEqual([]);
      expect(await bench.store.listCreated(bench.shardOf(session), undefined, 10)).toEqual([]);
    });

    it('records who ended it and why', async () => {
      const session = await bench.login({ user: aUser({ tenantId: 'acme' }) });
      await bench.drain(session);
      const context = aContext({ initiator: 'admin', actorId: 'olivia', details: { ticket: 7 } });
      const operation = bench.operation({ context });

      await bench.store.revoke({ id: session.id, reason: 'stolen-laptop' }, operation);

      expect(await bench.events(session)).toEqual([
        {
          ...context,
          eventId: operation.eventId,
          type: 'session.revoked',
          reason: 'stolen-laptop',
          occurredAt: operation.now,
          outcome: 'success',
          tenantId: 'acme',
          userId: session.user?.userId,
          sessionId: session.id,
        },
      ]);
    });

    it('records the reuse of a token as such', async () => {
      const session = await bench.login();
      await bench.drain(session);

      await bench.store.revoke(
        { id: session.id, reason: 'token-reused', eventType: 'session.token_reused' },
        bench.operation(),
      );

      expect(await bench.events(session)).toMatchObject([
        { type: 'session.token_reused', outcome: 'failure', reason: 'token-reused' },
      ]);
      expect(await bench.stored(session)).toMatchObject({
        state: 'revoked',
        reason: 'token-reused',
      });
    });

    it('answers revoked to one of many callers', async () => {
      const session = await bench.login();
      await bench.drain(session);

      const answers = await inParallel(20, (index) =>
        bench.store.revoke({ id: session.id, reason: `reason-${index}` }, bench.operation()),
      );

      const winner = answers.findIndex(({ result }) => result === 'revoked');
      expect(answers.filter(({ result }) => result === 'gone')).toHaveLength(19);
      expect(await bench.stored(session)).toMatchObject({ reason: `reason-${winner}` });
      expect(await bench.events(session)).toMatchObject([{ reason: `reason-${winner}` }]);
    });

    it('shows every save that was answered before it', async () => {
      const { id } = await bench.login();
      const saving = inParallel(20, (index) =>
        bench.store.save({ id, set: { [`key-${index}`]: '1' }, remove: [] }, bench.operation()),
      );

      const [saved, revoked] = await Promise.all([
        saving,
        bench.store.revoke({ id, reason: 'logout' }, bench.operation()),
      ]);

      if (revoked.result !== 'revoked') throw new Error(revoked.result);
      const kept = saved.flatMap(({ result }, index) =>
        result === 'saved' ? [`key-${index}`] : [],
      );
      expect(Object.keys(revoked.session.data).sort()).toEqual(kept.sort());
    });

    it('ends an anonymous session without an event', async () => {
      const session = await bench.visit({ data: { cart: '[1]' } });

      const answer = await bench.store.revoke(
        { id: session.id, reason: 'login' },
        bench.operation(),
      );

      expect(answer).toEqual({ result: 'revoked', session });
      expect(await bench.events(session)).toEqual([]);
    });

    it('answers gone where there is no session, and leaves nothing', async () => {
      const id = newSessionId(0);

      expect(await bench.store.revoke({ id, reason: 'logout' }, bench.operation())).toEqual({
        result: 'gone',
      });
      expect(await bench.store.find(id)).toBeUndefined();
    });

    it('keeps the first reason of an ended session', async () => {
      const session = await bench.login();
      await bench.logout(session, 'first');
      const ended = await bench.stored(session);

      const answer = await bench.store.revoke(
        { id: session.id, reason: 'second' },
        bench.operation(),
      );

      expect(answer).toEqual({ result: 'gone' });
      expect(await bench.stored(session)).toEqual(ended);
    });

    it.each([
      { only: { tenantId: 'acme' } },
      { only: { userId: 'alice' } },
      { only: { tenantId: 'acme', userId: 'alice' } },
    ])('ends a session that belongs to $only', async ({ only }) => {
      const session = await bench.login({ user: { tenantId: 'acme', userId: 'alice' } });

      const answer = await bench.store.revoke(
        { id: session.id, reason: 'x', only },
        bench.operation(),
      );

      expect(answer.result).toBe('revoked');
    });

    it.each([
      { only: { tenantId: 'other' } },
      { only: { tenantId: '' } },
      { only: { userId: 'bob' } },
      { only: { tenantId: 'other', userId: 'alice' } },
      { only: { tenantId: 'acme', userId: 'bob' } },
    ])('answers gone for a session that does not belong to $only', async ({ only }) => {
      const session = await bench.login({ user: { tenantId: 'acme', userId: 'alice' } });
      await bench.drain(session);

      const answer = await bench.store.revoke(
        { id: session.id, reason: 'x', only },
        bench.operation(),
      );

      expect(answer).toEqual({ result: 'gone' });
      expect(await bench.active(session)).toEqual(session);
      expect(await bench.events(session)).toEqual([]);
    });

    it('tells a user without a tenant from one of a tenant', async () => {
      const session = await bench.login({ user: { tenantId: '', userId: 'alice' } });

      const wrong = await bench.store.revoke(
        { id: session.id, reason: 'x', only: { tenantId: 'acme' } },
        bench.operation(),
      );
      const right = await bench.store.revoke(
        { id: session.id, reason: 'x', only: { tenantId: '' } },
        bench.operation(),
      );

      expect([wrong.result, right.result]).toEqual(['gone', 'revoked']);
    });

    it.each([{ only: { tenantId: '' } }, { only: { userId: 'alice' } }])(
      'counts an anonymous session as nobody’s, so not as belonging to $only',
      async ({ only }) => {
        const session = await bench.visit();

        const answer = await bench.store.revoke(
          { id: session.id, reason: 'x', only },
          bench.operation(),
        );

        expect(answer).toEqual({ result: 'gone' });
        expect(await bench.active(session)).toEqual(session);
      },
    );
  });
}

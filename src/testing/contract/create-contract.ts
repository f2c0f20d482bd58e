import { newEventId } from '../../core/ids.js';
import { aContext, anAnonymousSession, aTokenHash, aUser } from '../builders.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { inParallel, useStore } from './bench.js';
import { HOSTILE_KEYS, JSON_TEXTS } from './hostile-texts.js';

export function describeCreate(open: OpenStore): void {
  describe('create', () => {
    const bench = useStore(open);

    it('stores a session as it was given, in the first version of its data and the epoch of its shard', async () => {
      const session = bench.session({
        data: { theme: '"dark"' },
        impersonatorId: 'olivia',
        tombstoneUntil: 42,
      });

      const answer = await bench.store.create({ session }, bench.operation());

      const expected = { ...session, state: 'active', epoch: 0, version: 1 };
      expect(answer).toEqual({ result: 'created', session: expected, ended: [] });
      expect(await bench.store.find(session.id)).toEqual({ session: expected, shardEpoch: 0 });
    });

    it('stores a session that leaves out whatever it may', async () => {
      const session = bench.session({ device: {}, methods: [], data: {} });

      await bench.store.create({ session }, bench.operation());

      expect(await bench.active(session)).toEqual({
        ...session,
        state: 'active',
        epoch: 0,
        version: 1,
      });
    });

    it('stores what a rotated session has besides', async () => {
      const session = bench.session({
        previousTokenHash: aTokenHash(),
        generation: 4_294_967_295,
        rotation: 'periodic',
        confirmedAt: bench.clock.now(),
        methods: ['pwd', 'otp'],
      });

      await bench.store.create({ session }, bench.operation());

      expect(await bench.active(session)).toEqual({
        ...session,
        state: 'active',
        epoch: 0,
        version: 1,
      });
    });

    it('opens an anonymous session, which is listed nowhere and leaves no event', async () => {
      const session = anAnonymousSession(bench, { data: { cart: '[1]' } });

      const answer = await bench.store.create({ session }, bench.operation());

      expect(answer).toMatchObject({ result: 'created', ended: [] });
      expect(await bench.active(session)).toEqual({
        ...session,
        state: 'active',
        epoch: 0,
        version: 1,
      });
      expect(await bench.store.listCreated(bench.shardOf(session), undefined, 10)).toEqual([]);
      expect(await bench.events(session)).toEqual([]);
    });

    it('records who opened it, with the event id of the operation', async () => {
      const session = bench.session({ user: aUser({ tenantId: 'acme' }) });
      const context = aContext({
        actorId: 'olivia',
        userAgent: 'Agent/1.0',
        methods: ['pwd'],
        details: { note: 'x', nested: { list: [1, null, true] }, none: {} },
      });
      const operation = bench.operation({ context });

      await bench.store.create({ session }, operation);

      expect(await bench.events(session)).toEqual([
        {
          ...context,
          eventId: operation.eventId,
          type: 'session.created',
          occurredAt: operation.now,
          outcome: 'success',
          tenantId: 'acme',
          userId: session.user?.userId,
          sessionId: session.id,
        },
      ]);
    });

    it('records an adoption as such', async () => {
      const session = bench.session();

      await bench.store.create({ session, eventType: 'session.adopted' }, bench.operation());

      expect(await bench.events(session)).toMatchObject([
        { type: 'session.adopted', sessionId: session.id },
      ]);
    });

    it('answers created to the same id and token, and changes nothing by it', async () => {
      const session = bench.session({ data: { a: '1' } });
      await bench.store.create({ session }, bench.operation());

      const answer = await bench.store.create(
        { session: { ...session, data: { a: '2' } } },
        bench.operation(),
      );

      expect(answer).toMatchObject({ result: 'created', session: { data: { a: '1' } }, ended: [] });
      expect(await bench.active(session)).toMatchObject({ data: { a: '1' }, version: 1 });
      expect(await bench.events(session)).toHaveLength(1);
    });

    it('refuses the id of a session with another token', async () => {
      const session = bench.session();
      await bench.store.create({ session }, bench.operation());

      const answer = await bench.store.create(
        { session: { ...session, tokenHash: aTokenHash(session.id) } },
        bench.operation(),
      );

      expect(answer).toEqual({ result: 'taken' });
      expect(await bench.active(session)).toMatchObject({ tokenHash: session.tokenHash });
      expect(await bench.events(session)).toHaveLength(1);
    });

    it('refuses the id of a session whose token has been rotated away', async () => {
      const session = await bench.login();
      const { id, tokenHash: from } = session;
      await bench.store.rotate(
        { id, from, to: aTokenHash(id), kind: 'immediate' },
        bench.operation(),
      );

      const answer = await bench.store.create({ session }, bench.operation());

      expect(answer).toEqual({ result: 'taken' });
    });

    it('never opens an ended session again', async () => {
      const session = bench.session();
      await bench.store.create({ session }, bench.operation());
      await bench.logout(session);

      const answer = await bench.store.create({ session }, bench.operation());

      expect(answer).toEqual({ result: 'taken' });
      expect(await bench.stored(session)).toMatchObject({ state: 'revoked' });
    });

    it('never opens an expired session again', async () => {
      const session = await bench.login({ idleTimeoutMs: 1_000 });
      bench.clock.advance(1_000);

      const answer = await bench.store.create({ session }, bench.operation());

      expect(answer).toEqual({ result: 'taken' });
      expect(await bench.stored(session)).toMatchObject({ state: 'expired', reason: 'idle' });
    });

    it('opens one of many sessions that claim one id at once', async () => {
      const session = bench.session();

      const answers = await inParallel(20, () =>
        bench.store.create(
          { session: { ...session, tokenHash: aTokenHash(session.id) } },
          bench.operation(),
        ),
      );

      const winners = answers.filter(({ result }) => result === 'created');
      expect(winners).toMatchObject([
        { session: { tokenHash: (await bench.active(session)).tokenHash } },
      ]);
      expect(answers.filter(({ result }) => result === 'taken')).toHaveLength(19);
      expect(await bench.listed(session.user!)).toEqual([session.id]);
      expect(await bench.events(session)).toHaveLength(1);
    });

    it.each(HOSTILE_KEYS)('keeps data under the key %j', async (key) => {
      const session = await bench.login({ data: Object.fromEntries([[key, '"value"']]) });

      const { data } = await bench.active(session);

      expect(Object.entries(data)).toEqual([[key, '"value"']]);
    });

    it('keeps data of every JSON kind as the very text it was given', async () => {
      const data = Object.fromEntries(JSON_TEXTS.map((text, index) => [`key-${index}`, text]));

      const session = await bench.login({ data });

      expect((await bench.active(session)).data).toEqual(data);
    });

    it('keeps texts of people and devices in every script', async () => {
      const device = { ip: '2001:db8::1', userAgent: 'Ägent/1.0 "🔑" \\', label: '火狐 on Línux' };

      const session = await bench.login({
        device,
        methods: ['pwd', 'ключ'],
        impersonatorId: 'naïve',
      });

      expect(await bench.active(session)).toMatchObject({
        device,
        methods: ['pwd', 'ключ'],
        impersonatorId: 'naïve',
      });
    });

    it('hands out snapshots, which later changes leave alone', async () => {
      const answered = await bench.login({ data: { a: '1' } });
      const found = await bench.active(answered);

      await bench.store.save({ id: answered.id, set: { a: '2' }, remove: [] }, bench.operation());

      expect([answered.data, found.data]).toEqual([{ a: '1' }, { a: '1' }]);
    });

    it('hands out nothing through which a caller could change what is stored', async () => {
      const answered = await bench.login({ data: { a: '1' }, device: { ip: '192.0.2.1' } });
      const found = await bench.active(answered);

      for (const record of [answered, found]) {
        Reflect.set(record.data, 'a', '2');
        Reflect.set(record.device, 'ip', '192.0.2.2');
        Reflect.set(record, 'idleTimeoutMs', 0);
      }

      expect(await bench.active(answered)).toMatchObject({
        data: { a: '1' },
        device: { ip: '192.0.2.1' },
        idleTimeoutMs: 1_800_000,
      });
    });

    it('takes what it was given by value', async () => {
      const data: Record<string, string> = { a: '1' };
      const session = await bench.login({ data });

      data['a'] = '2';

      expect((await bench.active(session)).data).toEqual({ a: '1' });
    });

    it('keeps an event id of 39 characters whole', async () => {
      const session = bench.session();
      const eventId = newEventId() + newEventId().slice(0, 17);

      await bench.store.create({ session }, bench.operation({ eventId }));

      expect(await bench.events(session)).toMatchObject([{ eventId }]);
    });
  });
}

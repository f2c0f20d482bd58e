import { newSessionId } from '../../core/ids.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { inParallel, useStore } from './bench.js';
import { HOSTILE_KEYS, JSON_TEXTS } from './hostile-texts.js';

export function describeSave(open: OpenStore): void {
  describe('save', () => {
    const bench = useStore(open);

    it('writes and removes the named keys and leaves the others', async () => {
      const { id } = await bench.login({ data: { kept: '1', changed: '2', removed: '3' } });

      const answer = await bench.store.save(
        { id, set: { changed: '"new"', added: '{}' }, remove: ['removed', 'absent'] },
        bench.operation(),
      );

      expect(answer).toEqual({ result: 'saved', version: 2 });
      expect(await bench.active({ id })).toMatchObject({ version: 2 });
      expect((await bench.active({ id })).data).toEqual({
        kept: '1',
        changed: '"new"',
        added: '{}',
      });
    });

    it('counts as activity and touches nothing else', async () => {
      const session = await bench.login();
      bench.clock.advance('5m');

      await bench.store.save({ id: session.id, set: { a: '1' }, remove: [] }, bench.operation());

      const expected = { ...session, lastSeenAt: bench.clock.now(), version: 2, data: { a: '1' } };
      expect(await bench.active(session)).toEqual(expected);
    });

    it('is no activity where it is told to be none', async () => {
      const session = await bench.login();
      bench.clock.advance('1m');

      const answer = await bench.store.save(
        { id: session.id, set: { colour: '"red"' }, remove: [], activity: 'none' },
        bench.operation(),
      );

      expect(answer).toEqual({ result: 'saved', version: session.version + 1 });
      expect(await bench.active(session)).toEqual({
        ...session,
        version: session.version + 1,
        data: { ...session.data, colour: '"red"' },
      });
    });

    it('never moves the last activity back', async () => {
      const session = await bench.login();

      await bench.store.save(
        { id: session.id, set: { a: '1' }, remove: [] },
        bench.operation({ now: bench.clock.now() - 1_000 }),
      );

      expect(await bench.active(session)).toMatchObject({ lastSeenAt: session.lastSeenAt });
    });

    it('keeps the version where there is nothing to change, and still counts as activity', async () => {
      const session = await bench.login({ data: { a: '1' } });
      bench.clock.advance('5m');

      const answer = await bench.store.save(
        { id: session.id, set: {}, remove: [] },
        bench.operation(),
      );

      expect(answer).toEqual({ result: 'saved', version: 1 });
      expect(await bench.active(session)).toEqual({ ...session, lastSeenAt: bench.clock.now() });
    });

    it('saves to an anonymous session', async () => {
      const session = await bench.visit();

      await bench.store.save(
        { id: session.id, set: { cart: '[1]' }, remove: [] },
        bench.operation(),
      );

      expect((await bench.active(session)).data).toEqual({ cart: '[1]' });
    });

    it('leaves no event', async () => {
      const session = await bench.login();
      await bench.drain(session);

      await bench.store.save({ id: session.id, set: { a: '1' }, remove: [] }, bench.operation());

      expect(await bench.events(session)).toEqual([]);
    });

    it('empties the data', async () => {
      const session = await bench.login({ data: { a: '1', b: '2' } });

      await bench.store.save({ id: session.id, set: {}, remove: ['a', 'b'] }, bench.operation());

      expect((await bench.active(session)).data).toEqual({});
    });

    it('saves over the version that it was told, and over no other', async () => {
      const session = await bench.login({ data: { a: '1' } });
      bench.clock.advance('5m');

      const wrong = await bench.store.save(
        { id: session.id, set: { a: '2' }, remove: [], ifVersion: 2 },
        bench.operation(),
      );
      const between = await bench.active(session);
      const right = await bench.store.save(
        { id: session.id, set: { a: '3' }, remove: [], ifVersion: 1 },
        bench.operation(),
      );

      expect(wrong).toEqual({ result: 'conflict' });
      expect(between).toEqual(session);
      expect(right).toEqual({ result: 'saved', version: 2 });
      expect((await bench.active(session)).data).toEqual({ a: '3' });
    });

    it('loses no key of many writers at once', async () => {
      const { id } = await bench.login();

      const answers = await inParallel(50, (index) =>
        bench.store.save(
          { id, set: { [`key-${index}`]: String(index) }, remove: [] },
          bench.operation(),
        ),
      );

      const versions = answers.map((answer) => (answer.result === 'saved' ? answer.version : 0));
      expect(versions.sort((left, right) => left - right)).toEqual(
        Array.from({ length: 50 }, (_, index) => index + 2),
      );
      expect(Object.keys((await bench.active({ id })).data)).toHaveLength(50);
      expect(await bench.active({ id })).toMatchObject({ version: 51 });
    });

    it('lets one of many writers over one version win', async () => {
      const { id } = await bench.login();

      const answers = await inParallel(20, (index) =>
        bench.store.save(
          { id, set: { winner: String(index) }, remove: [], ifVersion: 1 },
          bench.operation(),
        ),
      );

      const winner = answers.findIndex(({ result }) => result === 'saved');
      expect(answers.filter(({ result }) => result === 'conflict')).toHaveLength(19);
      expect((await bench.active({ id })).data).toEqual({ winner: String(winner) });
    });

    it('never creates a session', async () => {
      const id = newSessionId(0);

      const answer = await bench.store.save({ id, set: { a: '1' }, remove: [] }, bench.operation());

      expect(answer).toEqual({ result: 'gone' });
      expect(await bench.store.find(id)).toBeUndefined();
    });

    it('never brings back an ended session', async () => {
      const session = await bench.login();
      await bench.logout(session);
      const ended = await bench.stored(session);

      const answer = await bench.store.save(
        { id: session.id, set: { a: '1' }, remove: [] },
        bench.operation(),
      );

      expect(answer).toEqual({ result: 'gone' });
      expect(await bench.stored(session)).toEqual(ended);
      expect(await bench.listed(session.user!)).toEqual([]);
    });

    it('never brings back a session that ends among many saves', async () => {
      const session = await bench.login();
      const save = (index: number) =>
        bench.store.save(
          { id: session.id, set: { a: String(index) }, remove: [] },
          bench.operation(),
        );

      await Promise.all([inParallel(25, save), bench.logout(session), inParallel(25, save)]);

      expect(await bench.stored(session)).toMatchObject({ state: 'revoked' });
      expect(await bench.listed(session.user!)).toEqual([]);
    });

    it.each(HOSTILE_KEYS)('writes and removes data under the key %j', async (key) => {
      const { id } = await bench.login({ data: { other: '1' } });

      await bench.store.save(
        { id, set: Object.fromEntries([[key, '"value"']]), remove: [] },
        bench.operation(),
      );
      const written = (await bench.active({ id })).data;
      await bench.store.save({ id, set: {}, remove: [key] }, bench.operation());
      const removed = (await bench.active({ id })).data;

      expect(new Map(Object.entries(written))).toEqual(
        new Map([
          ['other', '1'],
          [key, '"value"'],
        ]),
      );
      expect(Object.entries(removed)).toEqual([['other', '1']]);
    });

    it('keeps data of every JSON kind as the very text it was given', async () => {
      const { id } = await bench.login();
      const set = Object.fromEntries(JSON_TEXTS.map((text, index) => [`key-${index}`, text]));

      await bench.store.save({ id, set, remove: [] }, bench.operation());

      expect((await bench.active({ id })).data).toEqual(set);
    });
  });
}

import type { NewSession, SaveRequest, SaveResult } from '../../core/session-store.js';
import type { SessionRecord } from '../../core/session-record.js';
import { anAnonymousSession, aUser } from '../builders.js';
import type { OpenStore } from '../store-under-test.js';
import { describe, expect, it } from '../test-runner.js';
import { inParallel, useStore, type Bench } from './bench.js';

type Write = Omit<SaveRequest, 'id'>;

const LONG = `"${'x'.repeat(1_000)}"`;

/** As the store counts them: what it keeps may be longer than what it was given. */
async function bytesOnceSaved(
  bench: Bench,
  { id }: SessionRecord,
  set: SaveRequest['set'],
): Promise<number> {
  const request = { id, set, remove: [], maxDataBytes: 1 };
  const answer = await bench.store.save(request, bench.operation());
  if (answer.result !== 'too-large') throw new Error(`save answered ${answer.result}`);
  return answer.bytes;
}

const save = (bench: Bench, { id }: SessionRecord, write: Write): Promise<SaveResult> =>
  bench.store.save({ ...write, id }, bench.operation());

function describeSaveWithin(open: OpenStore): void {
  describe('save within a size', () => {
    const bench = useStore(open);

    it('takes data that come to it, and refuses one byte more', async () => {
      const session = await bench.login({ data: { kept: '1' } });
      const bytes = await bytesOnceSaved(bench, session, { added: LONG });
      const write: Write = { set: { added: LONG }, remove: [] };

      const refused = await save(bench, session, { ...write, maxDataBytes: bytes - 1 });
      const taken = await save(bench, session, { ...write, maxDataBytes: bytes });

      expect(refused).toEqual({ result: 'too-large', bytes });
      expect(taken).toEqual({ result: 'saved', version: 2 });
      expect((await bench.active(session)).data).toEqual({ kept: '1', added: LONG });
    });

    it('changes nothing where it refuses, and is no activity', async () => {
      const session = await bench.login({ data: { kept: '1', removed: '2' } });
      bench.clock.advance('5m');

      await save(bench, session, {
        set: { added: LONG },
        remove: ['removed'],
        maxDataBytes: 1_000,
      });

      expect(await bench.active(session)).toEqual(session);
    });

    it('counts bytes, names too, and only what is there afterwards', async () => {
      const session = await bench.login({ data: { replaced: LONG, removed: LONG } });
      const least = await bytesOnceSaved(bench, session, { a: `"${'x'.repeat(100)}"` });
      const umlauts = await bytesOnceSaved(bench, session, { a: `"${'ä'.repeat(100)}"` });
      const named = await bytesOnceSaved(bench, session, { aaaaa: `"${'x'.repeat(100)}"` });

      const answer = await save(bench, session, {
        set: { replaced: '1', added: LONG },
        remove: ['removed'],
        maxDataBytes: 1_900,
      });

      expect(umlauts - least).toBeGreaterThanOrEqual(100);
      expect(named - least).toBe(4);
      expect(answer).toMatchObject({ result: 'saved' });
    });

    it('lets data beyond it already shrink, and lets them not grow', async () => {
      const session = await bench.login({ data: { a: LONG, b: LONG, c: LONG } });
      const write = (set: Write['set'], remove: Write['remove']) =>
        save(bench, session, { set, remove, maxDataBytes: 500 });

      const answers = [
        await write({ d: '1' }, []),
        await write({ a: LONG.replaceAll('x', 'y') }, []),
        await write({ d: '1' }, ['a']),
        await write({}, []),
      ];

      expect(answers.map(({ result }) => result)).toEqual(['too-large', 'saved', 'saved', 'saved']);
      expect((await bench.active(session)).data).toEqual({ b: LONG, c: LONG, d: '1' });
    });

    it('holds among many writers of different names at once', async () => {
      const session = await bench.login();
      const first = await bytesOnceSaved(bench, session, { 'key-00': LONG });

      const answers = await inParallel(50, (index) =>
        save(bench, session, {
          set: { [`key-${String(index).padStart(2, '0')}`]: LONG },
          remove: [],
          maxDataBytes: 5 * first,
        }),
      );

      expect(answers.filter(({ result }) => result === 'saved')).toHaveLength(5);
      expect(answers.filter(({ result }) => result === 'too-large')).toHaveLength(45);
      expect(Object.keys((await bench.active(session)).data)).toHaveLength(5);
    });

    it('is looked at after the version', async () => {
      const session = await bench.login();

      const answer = await save(bench, session, {
        set: { a: LONG },
        remove: [],
        ifVersion: 7,
        maxDataBytes: 100,
      });

      expect(answer).toEqual({ result: 'conflict' });
    });

    it('answers a repeat as the first, whatever was written between', async () => {
      const session = await bench.login({ data: { a: LONG } });
      const request = { id: session.id, set: { b: LONG }, remove: [] };
      const refused = bench.operation();
      const taken = bench.operation();

      const first = await bench.store.save({ ...request, maxDataBytes: 1_500 }, refused);
      await save(bench, session, { set: {}, remove: ['a'] });
      const again = await bench.store.save({ ...request, maxDataBytes: 1_500 }, refused);
      const between = await bench.active(session);
      await bench.store.save({ ...request, maxDataBytes: 1_500 }, taken);
      await save(bench, session, { set: { c: LONG }, remove: [] });
      const repeated = await bench.store.save({ ...request, maxDataBytes: 1_500 }, taken);

      expect(first).toMatchObject({ result: 'too-large' });
      expect(again).toEqual(first);
      expect(between.data).toEqual({});
      expect(repeated).toEqual({ result: 'saved', version: 3 });
    });

    it('finds an ended session gone', async () => {
      const session = await bench.login();
      await bench.logout(session);

      const answer = await save(bench, session, { set: { a: LONG }, remove: [], maxDataBytes: 1 });

      expect(answer).toEqual({ result: 'gone' });
    });
  });
}

function describeCreateWithin(open: OpenStore): void {
  describe('create within a size', () => {
    const bench = useStore(open);

    const create = (session: NewSession, maxDataBytes: number) =>
      bench.store.create(
        { session, maxDataBytes, limit: { max: 1, onLimit: 'evict-oldest' } },
        bench.operation(),
      );

    it('opens a session whose data come to it, and refuses one byte more', async () => {
      const session = bench.session({ data: { a: LONG } });
      const answer = await create(session, 1);
      const bytes = answer.result === 'too-large' ? answer.bytes : 0;

      const refused = await create(session, bytes - 1);
      const before = await bench.stored(session);
      const opened = await create(session, bytes);

      expect(refused).toEqual({ result: 'too-large', bytes });
      expect(before).toBeUndefined();
      expect(opened).toMatchObject({ result: 'created', session: { data: { a: LONG } } });
    });

    it('evicts nobody and records nothing where it refuses', async () => {
      const user = aUser();
      const held = await bench.login({ user });
      await bench.drain(held);

      await create(bench.session({ user, data: { a: LONG } }), 100);

      expect(await bench.listed(user)).toEqual([held.id]);
      expect(await bench.events(held)).toEqual([]);
    });

    it('refuses an anonymous session too', async () => {
      const session = anAnonymousSession(bench, { data: { a: LONG } });

      expect(await create(session, 100)).toMatchObject({ result: 'too-large' });
      expect(await bench.stored(session)).toBeUndefined();
    });
  });
}

export function describeDataSize(open: OpenStore): void {
  describeSaveWithin(open);
  describeCreateWithin(open);
}

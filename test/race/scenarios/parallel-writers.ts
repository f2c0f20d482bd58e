import type { SessionId } from '../../../src/core/ids.js';
import type { SessionData } from '../../../src/core/session-record.js';
import { aLogin } from '../../support/core-under-test.js';
import { answerOf, isRefusal, type Arena } from '../arena.js';
import { interleave, type Step } from '../interleave.js';
import type { Random } from '../../support/random.js';
import type { Scenario } from '../scenario.js';

/** What was acknowledged to somebody. */
interface Ledger {
  readonly versions: number[];
  readonly own: Map<string, string>;
  readonly removed: string[];
  /** Writers of the one key that all want, by the version that each of them made. */
  readonly shared: Map<number, string>;
  increments: number;
}

const KINDS = ['own-key', 'own-key', 'shared-key', 'removal', 'increment', 'increment'] as const;

export const parallelWriters: Scenario = {
  name: 'parallel-writers',
  promise: 'no update is lost: keys are independent, the last writer of one wins, updates add up',
  options: {},
  runs: { quick: 150, long: 2_000 },
  async run(arena, random) {
    await arena.setClocks();
    const user = arena.newUser();
    const kinds = random.times(random.between(2, 10), () => random.pick(KINDS));
    const data = Object.fromEntries(kinds.map((_, index) => [`old-${index}`, '0']));
    const { session } = await arena.anyNode(random).lifecycle.login(aLogin(user, { data }));
    const ledger: Ledger = {
      versions: [session.version],
      own: new Map(),
      removed: [],
      shared: new Map(),
      increments: 0,
    };

    await interleave(
      random,
      kinds.map((kind, index) => write(arena, random, kind, index, session.id, ledger)),
    );

    const after = await arena.anyNode(random).directory.get(session.id);
    arena.check(after !== undefined, 'unexpected', 'the session is gone');
    if (after) checkData(arena, after.data, after.version, ledger);
    await arena.takeEvents(user);
  },
};

function write(
  arena: Arena,
  random: Random,
  kind: (typeof KINDS)[number],
  index: number,
  id: SessionId,
  ledger: Ledger,
): Step<void> {
  const { control } = arena.anyNode(random);
  const value = String(index);
  const save = async (set: SessionData, remove: readonly string[]): Promise<number> => {
    const answer = await control.save({ id, set, remove });
    if (answer.result !== 'saved') throw new Error(`A live session was ${answer.result}`);
    ledger.versions.push(answer.version);
    return answer.version;
  };
  return async () => {
    arena.count(kind);
    switch (kind) {
      case 'own-key':
        await save({ [`own-${index}`]: value }, []);
        ledger.own.set(`own-${index}`, value);
        return;
      case 'shared-key':
        ledger.shared.set(await save({ shared: value }, []), value);
        return;
      case 'removal':
        await save({}, [`old-${index}`]);
        ledger.removed.push(`old-${index}`);
        return;
      case 'increment': {
        const answer = await answerOf(control.increment(id, 'count'));
        if (!isRefusal(answer)) ledger.increments += 1;
        else arena.check(answer.code === 'SESSION_CONFLICT', 'unexpected', answer.code);
        arena.count(isRefusal(answer) ? 'conflicts' : 'updates');
      }
    }
  };
}

function checkData(arena: Arena, data: SessionData, version: number, ledger: Ledger): void {
  const { own, removed, shared, increments, versions } = ledger;
  for (const [key, value] of own)
    arena.check(data[key] === value, 'lostUpdates', `${key} is ${data[key]}`);
  for (const key of removed)
    arena.check(!(key in data), 'lostUpdates', `${key}, which was removed, is there`);
  const last = shared.get(Math.max(...shared.keys()));
  arena.check(data['shared'] === last, 'lostUpdates', `the last writer wrote ${last}`);
  const count = Number(data['count'] ?? 0);
  arena.check(count === increments, 'lostUpdates', `${increments} updates made ${count}`);
  const changes = versions.length - 1 + increments;
  arena.check(version === 1 + changes, 'lostUpdates', `${changes} changes made version ${version}`);
  const distinct = new Set(versions).size === versions.length;
  arena.check(distinct, 'lostUpdates', 'two changes made one version');
}

import { parseSessionToken, type SessionId, type SessionToken } from '../../../src/core/ids.js';
import { shardOfUser, type User } from '../../../src/core/user.js';
import type { Verdict } from '../../../src/core/verdict.js';
import { aLogin, REQUEST } from '../../support/core-under-test.js';
import { answerOf, type Arena } from '../arena.js';
import { interleave, type Step } from '../interleave.js';
import type { RaceNode } from '../race-node.js';
import type { Random } from '../../support/random.js';
import type { Scenario } from '../scenario.js';

const MINUTE_MS = 60_000;
const IDLE_MS = 30 * MINUTE_MS;
const ABSOLUTE_MS = 12 * 60 * MINUTE_MS;

const ENDINGS = [
  'logout',
  'kill',
  'kill-all',
  'evict',
  'revoke-everything',
  'idle',
  'absolute',
] as const;
type Ending = (typeof ENDINGS)[number];

const WRITES = ['save', 'touch', 'attend', 'increment', 'rotate', 'reauthenticate'] as const;

const ENDED: ReadonlySet<string> = new Set([
  'session.revoked',
  'session.evicted',
  'session.expired',
  'session.token_reused',
]);

type Active = Extract<Verdict, { state: 'active' }>;

/** A session, what every slow request knows of it, and the tokens that were ever issued for it. */
interface Victim {
  readonly user: User;
  readonly id: SessionId;
  readonly loaded: Active;
  readonly tokens: Set<SessionToken>;
}

export const slowWriters: Scenario = {
  name: 'slow-writers',
  promise: 'an ended session never comes back, whatever a slow request writes to it',
  options: {
    idleTimeout: IDLE_MS,
    absoluteTimeout: ABSOLUTE_MS,
    touchInterval: 0,
    maxSessionsPerUser: 1,
    rotationInterval: 5 * MINUTE_MS,
  },
  runs: { quick: 120, long: 2_000 },
  async run(arena, random) {
    await arena.setClocks();
    const ending = random.pick(ENDINGS);
    const victim = await openVictim(arena, random);
    await skewClocks(arena, random, ending, victim);

    const writers = random.times(random.between(1, 5), () => slowWrite(arena, random, victim));
    await interleave(random, [...writers, () => end(arena, random, ending, victim)]);

    await checkEnded(arena, random, ending, victim);
  },
};

async function openVictim(arena: Arena, random: Random): Promise<Victim> {
  const user = arena.newUser();
  const { session, token } = await arena.anyNode(random).lifecycle.login(aLogin(user));
  if (random.chance(0.5)) arena.clock.advance('6m');
  await arena.setClocks();
  const loaded = await arena.anyNode(random).lifecycle.resolve(parseSessionToken(token!)!, REQUEST);
  return { user, id: session.id, loaded: loaded as Active, tokens: new Set([token!]) };
}

/** For an ending by time, some nodes are just past the deadline and the others just before it. */
async function skewClocks(
  arena: Arena,
  random: Random,
  ending: Ending,
  { loaded: { session } }: Victim,
): Promise<void> {
  if (ending === 'idle') arena.clock.set(session.lastSeenAt + IDLE_MS);
  else if (ending === 'absolute') {
    arena.clock.set(session.absoluteExpiresAt - IDLE_MS / 2);
    await arena.setClocks();
    await arena.nodes[0]!.lifecycle.touch(session);
    arena.clock.set(session.absoluteExpiresAt);
  }
  await arena.setClocks(() => random.pick([-1, 0, 1]));
}

function slowWrite(arena: Arena, random: Random, victim: Victim): Step<void> {
  const node = arena.anyNode(random);
  const kind = random.pick(WRITES);
  return async () => {
    arena.count('writes');
    const answer = await answerOf<unknown>(write(node, kind, victim));
    const issued = (answer as { readonly token?: SessionToken } | undefined)?.token;
    if (issued !== undefined) victim.tokens.add(issued);
  };
}

function write(
  { control, lifecycle, rotation }: RaceNode,
  kind: (typeof WRITES)[number],
  { id, loaded }: Victim,
): Promise<unknown> {
  switch (kind) {
    case 'save':
      return lifecycle.save(loaded.session, { set: { zombie: '1' }, remove: [] });
    case 'touch':
      return lifecycle.touch(loaded.session);
    case 'attend':
      return rotation.attend(loaded, REQUEST);
    case 'increment':
      return control.increment(id, 'zombies');
    case 'rotate':
      return rotation.rotate(loaded, REQUEST);
    case 'reauthenticate':
      return rotation.reauthenticate(loaded, ['pwd'], REQUEST);
  }
}

async function end(
  arena: Arena,
  random: Random,
  ending: Ending,
  { user, id, loaded }: Victim,
): Promise<void> {
  const node = arena.anyNode(random);
  const because = { reason: 'ended-by-admin', initiator: 'admin' } as const;
  switch (ending) {
    case 'logout':
      await node.lifecycle.end(loaded.session, 'logout', REQUEST);
      return;
    case 'kill':
      await node.directory.revoke(id, because);
      return;
    case 'kill-all':
      await node.directory.revokeAll(user, because);
      return;
    case 'evict':
      await node.lifecycle.login(aLogin(user));
      return;
    case 'revoke-everything':
      await node.directory.revokeEverything(because);
      return;
    case 'idle':
    case 'absolute':
      await node.control.sweep(shardOfUser(user, arena.store.shards));
  }
}

/** Also with the clock of a node that has not come to the deadline. */
async function checkEnded(
  arena: Arena,
  random: Random,
  ending: Ending,
  victim: Victim,
): Promise<void> {
  const { user, id } = victim;
  const shard = shardOfUser(user, arena.store.shards);
  const isByTime = ending === 'idle' || ending === 'absolute';
  let ended = isByTime ? 0 : 1;
  const events = [...(await arena.takeEvents(user))];
  const countEndings = (): number =>
    events.filter(({ type, sessionId }) => sessionId === id && ENDED.has(type)).length;
  if (isByTime) ended = countEndings();
  if (ended > 0) await checkDead(arena, ending, victim);
  else arena.count('prolonged');

  if (isByTime) arena.clock.advance(2 * ABSOLUTE_MS);
  await arena.setClocks();
  await checkDead(arena, ending, victim);
  await arena.anyNode(random).control.sweep(shard);
  events.push(...(await arena.takeEvents(user)));
  arena.check(countEndings() === 1, 'audit', `${countEndings()} endings by ${ending}`);
  if (ending === 'revoke-everything') await arena.emptyOutbox();
  arena.count(ending);
}

async function checkDead(arena: Arena, ending: Ending, victim: Victim): Promise<void> {
  const { user, id, loaded, tokens } = victim;
  const checkOn = async ({ lifecycle, directory }: RaceNode): Promise<void> => {
    const late = await lifecycle.save(loaded.session, { set: { zombie: '2' }, remove: [] });
    arena.check(late === 'gone', 'undone', `a write after ${ending} was ${late}`);
    for (const token of tokens) {
      const { state } = await lifecycle.resolve(parseSessionToken(token)!, REQUEST);
      arena.check(state !== 'active', 'undone', `a token was ${state} after ${ending}`);
    }
    const { items } = await directory.list(user, { limit: 10 });
    arena.check(!items.some((one) => one.id === id), 'undone', `listed after ${ending}`);
  };
  await Promise.all(arena.nodes.map(checkOn));
}

import { parseSessionToken, type SessionToken } from '../../../src/core/ids.js';
import type { Verdict } from '../../../src/core/verdict.js';
import { aLogin, REQUEST } from '../../support/core-under-test.js';
import type { Arena } from '../arena.js';
import { interleave } from '../interleave.js';
import type { Random } from '../../support/random.js';
import type { Scenario } from '../scenario.js';

type Active = Extract<Verdict, { state: 'active' }>;

export const rotatedAway: Scenario = {
  name: 'rotated-away',
  promise: 'a token rotated away is not good again, and loses nobody what slow requests write',
  options: { touchInterval: 0 },
  runs: { quick: 80, long: 1_000 },
  async run(arena, random) {
    await arena.setClocks();
    const user = arena.newUser();
    const login = await arena.anyNode(random).lifecycle.login(aLogin(user));
    const old = login.token!;
    const loaded = (await arena
      .anyNode(random)
      .lifecycle.resolve(parseSessionToken(old)!, REQUEST)) as Active;

    const written = new Set<string>();
    const issued = new Set<SessionToken>();
    const writers = random.times(random.between(1, 4), (index) => {
      const node = arena.anyNode(random);
      return async () => {
        const changes = { set: { [`key-${index}`]: '1' }, remove: [] };
        const answer = await node.lifecycle.save(loaded.session, changes);
        if (answer === 'saved') written.add(`key-${index}`);
      };
    });
    const rotations = random.times(random.between(1, 3), () => {
      const node = arena.anyNode(random);
      return async () => {
        const { token } = await node.rotation.rotate(loaded, REQUEST);
        if (token) issued.add(token);
      };
    });
    await interleave(random, [...writers, ...rotations]);

    arena.check(written.size === writers.length, 'lostUpdates', 'a live session was gone');
    arena.check(issued.size === 1, 'loggedOut', `${issued.size} tokens were issued at once`);
    await checkTokens(arena, random, old, [...issued][0]!, written);
    const events = await arena.takeEvents(user);
    const count = events.filter(({ type }) => type === 'session.rotated').length;
    arena.check(count === 1, 'audit', `${count} rotations were recorded`);
  },
};

async function checkTokens(
  arena: Arena,
  random: Random,
  old: SessionToken,
  issued: SessionToken,
  written: ReadonlySet<string>,
): Promise<void> {
  for (const { lifecycle } of arena.nodes) {
    const { state } = await lifecycle.resolve(parseSessionToken(old)!, REQUEST);
    arena.check(state === 'straggler', 'undone', `the old token was ${state}`);
  }
  const verdict = await arena
    .anyNode(random)
    .lifecycle.resolve(parseSessionToken(issued)!, REQUEST);
  arena.check(verdict.state === 'active', 'loggedOut', `the new token was ${verdict.state}`);
  if (verdict.state !== 'active') return;
  for (const key of written)
    arena.check(verdict.session.data[key] === '1', 'lostUpdates', `${key} is missing`);
}

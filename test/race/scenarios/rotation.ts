import type { AuditEvent } from '../../../src/core/audit/audit-event.js';
import type { User } from '../../../src/core/user.js';
import type { Arena } from '../arena.js';
import { RaceBrowser, type Exchange } from '../http-client.js';
import { interleave } from '../interleave.js';
import type { Random } from '../../support/random.js';
import type { Scenario } from '../scenario.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

export const ROTATION_INTERVAL_MS = 5 * MINUTE_MS;
export const GRACE_MS = MINUTE_MS;
export const RETRY_MS = 30 * SECOND_MS;

export const ROTATION_OPTIONS: Scenario['options'] = {
  idleTimeout: '30m',
  absoluteTimeout: '365d',
  rotationInterval: ROTATION_INTERVAL_MS,
  rotationGracePeriod: GRACE_MS,
  rotationRetry: RETRY_MS,
  stragglerWindow: MINUTE_MS,
};

/** Around every window there is, and past the interval. */
const PAUSES_MS = [
  0,
  SECOND_MS,
  RETRY_MS - SECOND_MS,
  RETRY_MS + SECOND_MS,
  GRACE_MS - SECOND_MS,
  GRACE_MS + SECOND_MS,
  ROTATION_INTERVAL_MS,
  ROTATION_INTERVAL_MS + RETRY_MS,
];

/** A browser signed in as somebody new. */
export async function signIn(
  arena: Arena,
  random: Random,
): Promise<{ readonly user: User; readonly browser: RaceBrowser }> {
  await arena.setClocks();
  const user = arena.newUser();
  const browser = new RaceBrowser(arena, random);
  await browser.post(`/login?user=${user.userId}`);
  return { user, browser };
}

export async function pass(arena: Arena, milliseconds: number, skewMs: () => number = () => 0) {
  arena.clock.advance(milliseconds);
  await arena.setClocks(skewMs);
}

/**
 * Requests at once. Some are slow: they set out with the cookie of the beginning, and arrive after
 * others have had answers. Some answers are lost. All requests have to be let in.
 */
async function burst(arena: Arena, random: Random, browser: RaceBrowser): Promise<void> {
  const { cookie } = browser;
  const requests = random.times(random.between(1, 6), (index) => {
    const node = arena.anyNode(random);
    const [isSlow, isLost, isWrite] = [0.5, 0.4, 0.5].map((share) => random.chance(share));
    const path = isWrite ? `/data?key${index}=${index}` : '/guarded';
    return async () => {
      const held = isSlow ? cookie : browser.cookie;
      const { answer, deliver } = await browser.send(isWrite ? 'POST' : 'GET', path, node, held);
      arena.check(answer.status < 300, 'loggedOut', `${answer.status} ${answer.text}`);
      if (answer.setCookie !== undefined) arena.count(isLost ? 'lost' : 'delivered');
      if (!isLost) deliver();
    };
  });
  await interleave(random, requests);
}

const honest: Scenario = {
  name: 'rotation-with-lost-answers',
  promise: 'nobody honest is logged out by rotation, parallel requests or lost answers',
  options: ROTATION_OPTIONS,
  runs: { quick: 25, long: 1_000 },
  async run(arena, random) {
    const { user, browser } = await signIn(arena, random);
    for (let rounds = random.between(2, 6); rounds > 0; rounds -= 1) {
      await pass(arena, random.pick(PAUSES_MS), () => random.between(-100, 100));
      await burst(arena, random, browser);
    }
    const last = await browser.get('/guarded');
    arena.check(last.status === 200, 'loggedOut', `at the end: ${last.text}`);
    checkOnlyRotations(arena, await arena.takeEvents(user));
  },
};

function checkOnlyRotations(arena: Arena, events: readonly AuditEvent[]): void {
  const others = events.filter(
    ({ type }) => type !== 'session.created' && type !== 'session.rotated',
  );
  arena.check(others.length === 0, 'audit', others.map(({ type }) => type).join(', '));
  arena.count('rotations', events.length - 1);
}

const atOnce: Scenario = {
  name: 'rotation-at-once',
  promise: 'a rotation at a change of privilege leaves the browser in, whatever it sent beside it',
  options: ROTATION_OPTIONS,
  runs: { quick: 30, long: 1_000 },
  async run(arena, random) {
    const { user, browser } = await signIn(arena, random);
    await pass(arena, random.between(1, MINUTE_MS));
    const path = random.pick(['/rotate', '/reauthenticate', `/login?user=${user.userId}`]);
    const times = random.between(1, 2);
    const renewals = random.times(times, () => () => browser.send('POST', path));
    const beside = random.times(random.between(1, 5), () => () => browser.send('GET', '/guarded'));

    const exchanges = await interleave<Exchange>(random, [...renewals, ...beside]);
    for (const { deliver } of random.shuffle(exchanges)) deliver();

    for (const { answer } of exchanges.slice(times)) {
      const isInnocent = answer.status === 200 || answer.status === 401;
      arena.check(isInnocent, 'unexpected', `${answer.status} ${answer.text}`);
      arena.check(answer.setCookie === undefined, 'cookies', 'set by a request beside');
    }
    const next = await browser.get('/guarded');
    arena.check(next.status === 200, 'loggedOut', `after ${path}: ${next.text}`);
    await arena.takeEvents(user);
  },
};

export const rotations: readonly Scenario[] = [honest, atOnce];

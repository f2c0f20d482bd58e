import { sign } from 'cookie-signature';
import { newSessionToken, parseSessionToken } from '../../../src/core/ids.js';
import type { User } from '../../../src/core/user.js';
import { SECRET } from '../../support/session-app.js';
import type { Arena } from '../arena.js';
import type { RaceBrowser } from '../http-client.js';
import { interleave } from '../interleave.js';
import type { Random } from '../../support/random.js';
import type { Scenario } from '../scenario.js';
import { GRACE_MS, pass, ROTATION_INTERVAL_MS, ROTATION_OPTIONS, signIn } from './rotation.js';

interface Theft {
  readonly name: string;
  readonly promise: string;
  /** What the thief holds and when, with the browser's own cookie as it is then. */
  readonly prepare: (arena: Arena, random: Random, browser: RaceBrowser) => Promise<RaceBrowser>;
  /** What has to come of it when the thief sends it. */
  readonly outcome: 'ends' | 'harmless' | 'tolerated';
}

/** The browser's token is exchanged, and the new one used. */
async function rotate(arena: Arena, browser: RaceBrowser): Promise<void> {
  await pass(arena, ROTATION_INTERVAL_MS);
  const before = browser.cookie;
  await browser.get('/guarded');
  arena.check(browser.cookie !== before, 'unexpected', 'no rotation');
  await browser.get('/guarded');
}

async function stealAndRotate(
  arena: Arena,
  browser: RaceBrowser,
  rotations: number,
): Promise<RaceBrowser> {
  const thief = browser.copy();
  for (let done = 0; done < rotations; done += 1) await rotate(arena, browser);
  return thief;
}

/** A cookie that is signed as ours, of this session and of this many generations on, that nobody issued. */
function forge(browser: RaceBrowser, generations: number): string {
  const [, text = ''] =
    /^s:([A-Za-z0-9_-]+)\./.exec(decodeURIComponent(browser.cookie ?? '')) ?? [];
  const { sessionId, generation } = parseSessionToken(text)!;
  const token = newSessionToken(sessionId, generation + generations);
  return encodeURIComponent(`s:${sign(token, SECRET)}`);
}

const THEFTS: readonly Theft[] = [
  {
    name: 'previous-token',
    promise: 'the token before the present one, after its grace, ends the session, recorded once',
    outcome: 'ends',
    async prepare(arena, random, browser) {
      const thief = await stealAndRotate(arena, browser, 1);
      await pass(arena, GRACE_MS + random.between(0, 10_000));
      return thief;
    },
  },
  {
    name: 'ancient-token',
    promise: 'a token two rotations old or more ends the session, recorded once',
    outcome: 'ends',
    prepare: (arena, random, browser) => stealAndRotate(arena, browser, random.between(2, 4)),
  },
  {
    name: 'token-before-reauthentication',
    promise: 'a token from before a new proof of identity ends the session, after the window',
    outcome: 'ends',
    async prepare(arena, _, browser) {
      const thief = browser.copy();
      await browser.post('/reauthenticate');
      await pass(arena, GRACE_MS + 1);
      return thief;
    },
  },
  {
    name: 'token-in-its-grace',
    promise: 'the token before the present one is good until its grace is over',
    outcome: 'tolerated',
    async prepare(arena, random, browser) {
      const thief = await stealAndRotate(arena, browser, 1);
      await pass(arena, random.between(0, GRACE_MS - 1));
      return thief;
    },
  },
  {
    name: 'wrong-secret',
    promise: 'a token with a wrong secret gets nobody in and ends nothing',
    outcome: 'harmless',
    async prepare(arena, random, browser) {
      await rotate(arena, browser);
      const thief = browser.copy();
      thief.cookie = forge(browser, random.pick([-1, 0, 1, 1_000]));
      return thief;
    },
  },
];

const replayOf = ({ name, promise, prepare, outcome }: Theft): Scenario => ({
  name: `replay-${name}`,
  promise,
  options: ROTATION_OPTIONS,
  runs: { quick: 15, long: 1_000 },
  async run(arena, random) {
    const { user, browser } = await signIn(arena, random);
    const thief = await prepare(arena, random, browser);
    await arena.takeEvents(user);

    const replays = random.times(random.between(1, 6), () => () => thief.send('GET', '/guarded'));
    const honest = random.times(random.between(1, 3), () => () => browser.send('GET', '/guarded'));
    const exchanges = await interleave(random, [...replays, ...honest]);

    const expected = outcome === 'tolerated' ? 200 : 401;
    for (const { answer } of exchanges.slice(0, replays.length)) {
      arena.check(answer.status === expected, 'leftIn', `the replay was answered ${answer.status}`);
      arena.check(answer.setCookie === undefined, 'cookies', 'a replay set the cookie');
    }
    arena.count('replays', replays.length);
    await checkOutcome(arena, outcome, user, browser);
  },
});

async function checkOutcome(
  arena: Arena,
  outcome: Theft['outcome'],
  user: User,
  browser: RaceBrowser,
): Promise<void> {
  const ends = outcome === 'ends';
  for (const node of arena.nodes) {
    const { status } = await browser.get('/guarded', node);
    const kind = ends ? 'leftIn' : 'loggedOut';
    arena.check(status === (ends ? 401 : 200), kind, `the browser was answered ${status}`);
  }
  const events = await arena.takeEvents(user);
  const critical = events.filter(
    ({ type, details }) => type === 'session.token_reused' && details?.['severity'] === 'critical',
  );
  const isTold = critical.length === (ends ? 1 : 0) && events.length === critical.length;
  arena.check(isTold, 'audit', `recorded were ${events.map(({ type }) => type).join(', ')}`);
}

export const replays: readonly Scenario[] = THEFTS.map(replayOf);

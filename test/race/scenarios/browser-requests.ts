import { RaceBrowser, type Exchange } from '../http-client.js';
import type { Arena } from '../arena.js';
import { interleave, type Step } from '../interleave.js';
import type { Random } from '../../support/random.js';
import type { Scenario } from '../scenario.js';

const logInAs = (userId: string): string => `/login?user=${userId}`;

/** Requests that write a key each, from the cookie that the browser has now. */
const writes = (random: Random, browser: RaceBrowser, most: number): Step<Exchange>[] =>
  random.times(random.between(1, most), (index) => () => {
    return browser.send('POST', `/data?key${index}=${index}`);
  });

/** The answers reach the browser in any order. */
function deliverAll(random: Random, exchanges: readonly Exchange[]): void {
  for (const { deliver } of random.shuffle(exchanges)) deliver();
}

function checkNoCookies(arena: Arena, exchanges: readonly Exchange[], what: string): void {
  for (const { answer } of exchanges)
    arena.check(
      answer.setCookie === undefined,
      'cookies',
      `a request beside ${what} set the cookie`,
    );
}

const logins: Scenario = {
  name: 'http-login',
  promise: 'no answer of a request beside a login takes its cookie away, or what was stored before',
  options: {},
  runs: { quick: 40, long: 1_000 },
  async run(arena, random) {
    await arena.setClocks();
    const user = arena.newUser();
    const browser = new RaceBrowser(arena, random);
    await browser.post('/data?cart=1');

    const twice = random.chance(0.2) ? 2 : 1;
    const entering = random.times(twice, () => () => browser.send('POST', logInAs(user.userId)));
    const beside = writes(random, browser, 5);
    const exchanges = await interleave(random, [...entering, ...beside]);
    deliverAll(random, exchanges);

    checkNoCookies(arena, exchanges.slice(twice), 'a login');
    const next = await browser.get('/guarded');
    arena.check(next.status === 200, 'loggedOut', `after the login: ${next.text}`);
    const kept = next.status === 200 && next.json()['cart'] === '1';
    arena.check(kept || twice > 1, 'lostUpdates', `the cart is not in ${next.text}`);
    await arena.takeEvents(user);
  },
};

const logouts: Scenario = {
  name: 'http-logout',
  promise: 'a slow request beside a logout keeps nobody in and moves no cookie',
  options: { touchInterval: 0 },
  runs: { quick: 40, long: 1_000 },
  async run(arena, random) {
    await arena.setClocks();
    const user = arena.newUser();
    const browser = new RaceBrowser(arena, random);
    await browser.post(logInAs(user.userId));
    const thief = browser.copy();
    const { slow, release } = await holdRequests(arena, random, browser);

    const [left, ...others] = await interleave(random, [
      () => browser.send('POST', '/logout'),
      ...writes(random, browser, 3),
    ]);
    await release();
    const late = await Promise.all(slow);
    deliverAll(random, [left!, ...others, ...late]);

    arena.check(left!.answer.setCookie === '', 'cookies', 'the logout did not remove the cookie');
    checkNoCookies(arena, [...others, ...late], 'a logout');
    arena.check(browser.cookie === undefined, 'undone', 'the browser has a cookie');
    await checkOut(arena, random, thief, user.userId);
    const events = await arena.takeEvents(user);
    const ends = events.filter(({ type }) => type === 'session.revoked').length;
    arena.check(ends === 1, 'audit', `${ends} logouts were recorded`);
  },
};

/** Requests that are inside their handlers, with a session that is alive, until they are released. */
async function holdRequests(arena: Arena, random: Random, browser: RaceBrowser) {
  const nodes = random.times(random.between(1, 3), () => arena.anyNode(random));
  const slow: Promise<Exchange>[] = [];
  for (const node of nodes) {
    slow.push(browser.send('POST', '/data/late?zombie=1', node));
    await node.control.held();
  }
  const release = async (): Promise<void> => {
    await Promise.all(nodes.map(({ control }) => control.release()));
  };
  return { slow, release };
}

async function checkOut(
  arena: Arena,
  random: Random,
  thief: RaceBrowser,
  userId: string,
): Promise<void> {
  for (const node of arena.nodes) {
    const { answer } = await thief.send('GET', '/guarded', node);
    arena.check(answer.status === 401, 'undone', `after the logout: ${answer.status}`);
  }
  const { items } = await arena
    .anyNode(random)
    .directory.list({ tenantId: '', userId }, { limit: 10 });
  arena.check(items.length === 0, 'undone', `${items.length} sessions are listed`);
}

const parallelWrites: Scenario = {
  name: 'http-writes',
  promise: 'parallel requests of one browser that write different keys lose nothing',
  options: {},
  runs: { quick: 40, long: 1_000 },
  async run(arena, random) {
    await arena.setClocks();
    const user = arena.newUser();
    const browser = new RaceBrowser(arena, random);
    await browser.post(logInAs(user.userId));
    const sent = writes(random, browser, 8);

    await interleave(random, sent);

    const data = (await browser.get('/guarded')).json();
    for (const [index] of sent.entries())
      arena.check(data[`key${index}`] === String(index), 'lostUpdates', `key${index} is missing`);
    await arena.takeEvents(user);
  },
};

export const browserRequests: readonly Scenario[] = [parallelWrites, logins, logouts];

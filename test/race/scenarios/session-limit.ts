import type { AuditEvent } from '../../../src/core/audit/audit-event.js';
import { parseSessionToken, type SessionId, type SessionToken } from '../../../src/core/ids.js';
import type { OnLimit } from '../../../src/core/policy/session-options.js';
import type { User } from '../../../src/core/user.js';
import { aLogin, REQUEST } from '../../support/core-under-test.js';
import { answerOf, isRefusal, type Arena } from '../arena.js';
import type { Random } from '../../support/random.js';
import type { Scenario } from '../scenario.js';

const LIMIT = 5;

/** Who got in, and how many were told that they did not. */
interface Storm {
  readonly user: User;
  readonly opened: ReadonlyMap<SessionId, SessionToken>;
  readonly rejected: number;
}

const limitScenario = (
  name: string,
  onLimit: OnLimit,
  logins: (random: Random) => number,
  runs: Scenario['runs'],
): Scenario => ({
  name,
  promise: `of parallel logins of one user ${LIMIT} are in, and each of the others is audited`,
  options: { maxSessionsPerUser: LIMIT, onLimit },
  runs,
  async run(arena, random) {
    await arena.setClocks();
    const storm = await logInAtOnce(arena, random, logins(random));
    await Promise.all(arena.nodes.map(({ facts }) => facts.close()));
    const events = await arena.takeEvents(storm.user);
    await checkLiving(arena, random, storm);
    if (onLimit === 'reject') checkRejections(arena, storm, events);
    else checkEvictions(arena, storm, events);
    checkEveryInstant(arena, events);
  },
});

const aThousand = (): number => 1_000;
const aFew = (random: Random): number => random.between(LIMIT, 30);

export const sessionLimits: readonly Scenario[] = [
  limitScenario('storm-evicting', 'evict-oldest', aThousand, { quick: 1, long: 10 }),
  limitScenario('storm-rejecting', 'reject', aThousand, { quick: 1, long: 10 }),
  limitScenario('limit-evicting', 'evict-oldest', aFew, { quick: 40, long: 1_000 }),
  limitScenario('limit-rejecting', 'reject', aFew, { quick: 40, long: 1_000 }),
];

async function logInAtOnce(arena: Arena, random: Random, logins: number): Promise<Storm> {
  const user = arena.newUser();
  const nodes = random.times(logins, () => arena.anyNode(random));
  const answers = await Promise.all(
    nodes.map(({ lifecycle }) => answerOf(lifecycle.login(aLogin(user)))),
  );
  const opened = new Map<SessionId, SessionToken>();
  let rejected = 0;
  for (const answer of answers) {
    if (!isRefusal(answer)) opened.set(answer.session.id, answer.token!);
    else if (answer.code === 'SESSION_LIMIT_REACHED') rejected += 1;
    else arena.check(false, 'unexpected', answer.code);
  }
  arena.count('logins', logins);
  arena.count('rejected', rejected);
  return { user, opened, rejected };
}

/** Those listed are those whose tokens are good, and there are as many as the limit says. */
async function checkLiving(arena: Arena, random: Random, { user, opened }: Storm): Promise<void> {
  const { directory } = arena.anyNode(random);
  const { items } = await directory.list(user, { limit: 100 });
  const listed = new Set(items.map(({ id }) => id));
  arena.check(listed.size === LIMIT, 'limit', `${listed.size} sessions are live`);
  arena.noteLive(listed.size, LIMIT);
  const verdicts = await Promise.all(
    [...opened].map(async ([id, token]) => {
      const { lifecycle } = arena.anyNode(random);
      const { state } = await lifecycle.resolve(parseSessionToken(token)!, REQUEST);
      return { id, state };
    }),
  );
  for (const { id, state } of verdicts)
    arena.check(
      state === (listed.has(id) ? 'active' : 'evicted'),
      'limit',
      `a session is ${state}, and ${listed.has(id) ? '' : 'not '}listed`,
    );
}

function checkEvictions(arena: Arena, { opened }: Storm, events: readonly AuditEvent[]): void {
  const evicted = idsOf(events, 'session.evicted');
  arena.count('evicted', evicted.length);
  arena.check(
    evicted.length === opened.size - LIMIT && new Set(evicted).size === evicted.length,
    'audit',
    `${evicted.length} evictions were recorded of ${opened.size} logins`,
  );
  checkOpenings(arena, opened, events);
}

/** Of one user each node records one rejection a minute, and how many more there were. */
function checkRejections(
  arena: Arena,
  { opened, rejected }: Storm,
  events: readonly AuditEvent[],
): void {
  const told = events
    .filter(({ type }) => type === 'session.limit_rejected')
    .reduce((sum, { details }) => sum + Number(details?.['count'] ?? 1), 0);
  arena.check(told === rejected, 'audit', `${told} of ${rejected} rejections were recorded`);
  arena.check(opened.size === LIMIT, 'limit', `${opened.size} logins were let in`);
  checkOpenings(arena, opened, events);
}

function checkOpenings(arena: Arena, opened: Storm['opened'], events: readonly AuditEvent[]): void {
  const created = idsOf(events, 'session.created');
  arena.check(
    created.length === opened.size && created.every((id) => opened.has(id)),
    'audit',
    `${created.length} of ${opened.size} openings were recorded`,
  );
}

/** The events are in the order of the changes, so at no point of it there may be too many. */
function checkEveryInstant(arena: Arena, events: readonly AuditEvent[]): void {
  let live = 0;
  let most = 0;
  for (const { type } of events) {
    if (type === 'session.created') live += 1;
    if (type === 'session.evicted') live -= 1;
    most = Math.max(most, live);
  }
  arena.check(most === LIMIT, 'limit', `${most} sessions were live at once`);
}

const idsOf = (events: readonly AuditEvent[], type: AuditEvent['type']): SessionId[] =>
  events.filter((event) => event.type === type).map(({ sessionId }) => sessionId!);

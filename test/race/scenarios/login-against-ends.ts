import type { AuditEvent } from '../../../src/core/audit/audit-event.js';
import { parseSessionToken, type SessionId, type SessionToken } from '../../../src/core/ids.js';
import { shardOfUser, type User } from '../../../src/core/user.js';
import { aLogin, REQUEST } from '../../support/core-under-test.js';
import { answerOf, isRefusal, type Arena } from '../arena.js';
import { interleave, type Step } from '../interleave.js';
import type { Random } from '../../support/random.js';
import type { Scenario } from '../scenario.js';

const BECAUSE = { reason: 'ended-by-admin', initiator: 'admin' } as const;
const HOUR_MS = 3_600_000;

/** One that got in. */
interface Entry {
  readonly id: SessionId;
  readonly token: SessionToken;
  /** Where the login was against the end, by the time of asking and answering alone. */
  readonly order: 'before' | 'during' | 'after';
}

interface Race {
  readonly arena: Arena;
  readonly random: Random;
  readonly user: User;
  readonly entries: Entry[];
  /** Refused logins, likewise. */
  readonly refused: Entry['order'][];
}

interface Ending {
  readonly name: string;
  readonly promise: string;
  /** Resolves to what `check` is told. */
  readonly end: (race: Race) => Promise<readonly SessionId[]>;
  /** Who is in and who is out, given the order in which it all happened. */
  readonly check: (
    race: Race,
    live: ReadonlySet<SessionId>,
    told: readonly SessionId[],
  ) => Promise<void>;
}

const against = ({ name, promise, end, check }: Ending): Scenario => ({
  name: `login-against-${name}`,
  promise,
  options: {},
  runs: { quick: 60, long: 1_000 },
  async run(arena, random) {
    await arena.setClocks(() => random.between(-5_000, 5_000));
    const race: Race = { arena, random, user: arena.newUser(), entries: [], refused: [] };
    for (let logins = random.between(0, 3); logins > 0; logins -= 1) await login(race, 'before')();
    let told: readonly SessionId[] = [];
    const ending = async (): Promise<void> => {
      told = await end(race);
    };
    const during: Step<void>[] = random.times(random.between(1, 6), () => login(race, 'during'));
    await interleave(random, [...during, ending]);
    for (let logins = random.between(0, 2); logins > 0; logins -= 1) await login(race, 'after')();

    await check(race, await liveOf(race), told);
    arena.count('logins', race.entries.length);
    arena.count('refused', race.refused.length);
  },
});

function login({ arena, random, user, entries, refused }: Race, order: Entry['order']): Step<void> {
  const { lifecycle } = arena.anyNode(random);
  return async () => {
    const answer = await answerOf(lifecycle.login(aLogin(user)));
    if (!isRefusal(answer)) entries.push({ id: answer.session.id, token: answer.token!, order });
    else if (answer.code === 'SESSION_USER_BLOCKED') refused.push(order);
    else arena.check(false, 'unexpected', answer.code);
  };
}

/** Whose tokens are good on some node; they have to be those that some node lists. */
async function liveOf({ arena, random, user, entries }: Race): Promise<ReadonlySet<SessionId>> {
  const { items } = await arena.anyNode(random).directory.list(user, { limit: 100 });
  const live = new Set(items.map(({ id }) => id));
  const verdicts = entries.map(async ({ id, token }) => {
    const { lifecycle } = arena.anyNode(random);
    const { state } = await lifecycle.resolve(parseSessionToken(token)!, REQUEST);
    arena.check((state === 'active') === live.has(id), 'undone', `a session is ${state} or listed`);
  });
  await Promise.all(verdicts);
  return live;
}

/** Whoever was in before the end is out, and whoever came after it is in. */
function checkOrder({ arena, entries }: Race, live: ReadonlySet<SessionId>): void {
  for (const { id, order } of entries) {
    if (order === 'before') arena.check(!live.has(id), 'leftIn', 'in before the end, and still in');
    if (order === 'after') arena.check(live.has(id), 'loggedOut', 'came after the end, and is out');
  }
}

/** The audit tells of an order in which the logins before the ending are out, and the others in. */
function checkTold(
  { arena, entries }: Race,
  live: ReadonlySet<SessionId>,
  events: readonly AuditEvent[],
  isEnding: (event: AuditEvent) => boolean,
): void {
  const endedAt = events.findIndex(isEnding);
  arena.check(endedAt >= 0, 'audit', 'the ending is not recorded');
  for (const { id } of entries) {
    const opened = events.findIndex(
      ({ type, sessionId }) => type === 'session.created' && sessionId === id,
    );
    arena.check(opened >= 0, 'audit', 'a login is not recorded');
    if (!arena.tellsInOrder) continue;
    const isOut = opened < endedAt;
    arena.check(isOut !== live.has(id), isOut ? 'leftIn' : 'loggedOut', 'against the audit');
  }
}

function checkRevocations(
  { arena, entries }: Race,
  live: ReadonlySet<SessionId>,
  events: readonly AuditEvent[],
): void {
  for (const { id } of entries) {
    const count = events.filter(
      ({ type, sessionId }) => type === 'session.revoked' && sessionId === id,
    ).length;
    const due = live.has(id) ? 0 : 1;
    arena.check(count === due, 'audit', `${count} ends of one session are recorded`);
  }
}

export const loginAgainstEnds: readonly Scenario[] = [
  {
    name: 'revoke-all',
    promise: 'who logged in before a kill of all is out, who logs in after it is in',
    async end({ arena, random, user }: Race) {
      return arena.anyNode(random).directory.revokeAll(user, BECAUSE);
    },
    async check(race: Race, live: ReadonlySet<SessionId>, told: readonly SessionId[]) {
      const { arena, user, entries } = race;
      checkOrder(race, live);
      for (const { id } of entries)
        arena.check(told.includes(id) !== live.has(id), 'undone', 'told as ended, or not told');
      const events = await arena.takeEvents(user);
      if (told.length > 0) checkTold(race, live, events, ({ type }) => type === 'session.revoked');
      checkRevocations(race, live, events);
    },
  },
  {
    name: 'block',
    promise: 'after a block nobody gets in, and until then nobody is refused',
    async end({ arena, random, user }: Race) {
      await arena.anyNode(random).directory.block(user, arena.clock.now() + HOUR_MS, BECAUSE);
      return [];
    },
    async check(race: Race, live: ReadonlySet<SessionId>) {
      const { arena, user, entries, refused } = race;
      arena.check(live.size === entries.length, 'loggedOut', 'a block ended a session');
      arena.check(!refused.includes('before'), 'loggedOut', 'refused before the block');
      const after = entries.some(({ order }) => order === 'after');
      arena.check(!after, 'leftIn', 'let in after the block');
      const events = await arena.takeEvents(user);
      const types = events.map(({ type }) => type).filter((type) => type !== 'login.failed');
      const isLast = types.indexOf('user.blocked') === types.length - 1;
      arena.check(isLast, 'audit', `recorded were ${types.join(', ')}`);
    },
  },
  {
    name: 'block-and-revoke-all',
    promise: 'of a user who is blocked and then killed everywhere nobody is in',
    async end({ arena, random, user }: Race) {
      const { directory } = arena.anyNode(random);
      await directory.block(user, arena.clock.now() + HOUR_MS, BECAUSE);
      return arena.anyNode(random).directory.revokeAll(user, BECAUSE);
    },
    async check(race: Race, live: ReadonlySet<SessionId>) {
      const { arena, user } = race;
      arena.check(live.size === 0, 'leftIn', `${live.size} sessions of a blocked user live`);
      checkRevocations(race, live, await arena.takeEvents(user));
    },
  },
  {
    name: 'revoke-everything',
    promise: 'who logged in before everybody was killed is out, who logs in after it is in',
    async end({ arena, random }: Race) {
      const { done, shards } = await arena.anyNode(random).directory.revokeEverything(BECAUSE);
      arena.check(done === shards, 'unexpected', `${done} of ${shards} shards answered`);
      return [];
    },
    async check(race: Race, live: ReadonlySet<SessionId>) {
      const { arena, random, user } = race;
      checkOrder(race, live);
      await arena.anyNode(random).control.sweep(shardOfUser(user, arena.store.shards));
      const events = await arena.takeEvents(user);
      checkTold(race, live, events, ({ type }) => type === 'sessions.all_revoked');
      checkRevocations(race, live, events);
      await arena.emptyOutbox();
    },
  },
].map(against);

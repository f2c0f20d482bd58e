import fc from 'fast-check';
import { Redis } from 'ioredis';
import { isDeepStrictEqual } from 'node:util';
import {
  cleanContext,
  cleanDevice,
  cleanMethods,
  cleanText,
} from '../../../src/core/audit/audit-text.js';
import { systemClock } from '../../../src/core/clock.js';
import { newEventId, type SessionId } from '../../../src/core/ids.js';
import { encodeData } from '../../../src/core/session-data.js';
import type { NewSession, Operation, SessionStore } from '../../../src/core/session-store.js';
import { parseUser, shardOfUser, type User } from '../../../src/core/user.js';
import { memoryStore } from '../../../src/storage/memory/index.js';
import { redisStore } from '../../../src/storage/redis/index.js';
import { aSession, someSettings } from '../../../src/testing/builders.js';
import { openStore } from '../../support/stores.js';
import { checking, requireThat, Violation, type Domain } from '../domain.js';
import { addDocumentedUser, keysOf, requireDocumented } from '../documented-redis.js';
import { LEGACY_PREFIX } from '../target-app.js';
import { hostileJson, hostileText, objectOf } from '../texts.js';
import { freshPrefix, type World } from '../world.js';

const inputs = fc.record({
  tenantId: fc.oneof(fc.constant(''), hostileText),
  userId: hostileText,
  values: fc.array(fc.tuple(hostileText, hostileJson), { maxLength: 5 }).map(objectOf),
  changes: fc.array(fc.tuple(hostileText, hostileJson), { maxLength: 3 }).map(objectOf),
  removed: fc.array(
    hostileText.map((text) => text.toWellFormed()),
    { maxLength: 2 },
  ),
  device: fc.record({ ip: hostileText, userAgent: hostileText, label: hostileText }),
  methods: fc.array(hostileText, { maxLength: 3 }),
  requestId: hostileText,
  details: fc.array(fc.tuple(hostileText, hostileText), { maxLength: 3 }).map(objectOf),
  reason: fc.constantFrom('logout', 'ended-by-admin', 'x'.repeat(64)),
  failedAs: hostileText,
});
type Input = typeof inputs extends fc.Arbitrary<infer Value> ? Value : never;

/** One case, as it comes through the doors of core; equal for every driver. */
interface Case {
  readonly user: User;
  readonly first: NewSession;
  readonly second: NewSession;
  readonly set: Readonly<Record<string, string>>;
  readonly input: Input;
  readonly operations: readonly Operation[];
}

const OPERATIONS = 12;
const MINUTE_MS = 60_000;

/** Undefined where core refuses the input, which has then cost the store nothing. */
function caseOf(input: Input, shards: number): Case | undefined {
  const now = systemClock.now();
  const { device, methods, requestId, details } = input;
  const context = cleanContext({
    initiator: 'user',
    ...device,
    requestId,
    methods,
    actorId: input.failedAs,
    details: details as Record<string, string>,
  });
  try {
    const user = parseUser(input);
    const overrides = {
      user,
      device: cleanDevice(device),
      methods: cleanMethods(methods),
      data: encodeData(input.values),
    };
    const place = { clock: { now: () => now }, shards };
    return {
      user,
      first: aSession(place, overrides),
      second: aSession(place, overrides),
      set: encodeData(input.changes),
      input,
      operations: Array.from({ length: OPERATIONS }, (_, index) => {
        return { eventId: newEventId(), now: now + index, deadline: now + MINUTE_MS, context };
      }),
    };
  } catch (error) {
    const { code } = error as { readonly code?: string };
    const isOurs = code === 'SESSION_IDENTITY_INVALID' || code === 'SESSION_INPUT_INVALID';
    requireThat(isOurs, `input is refused by a code: ${String(error)}`);
    return undefined;
  }
}

/** All that a driver answers in one case. */
async function answersOf(store: SessionStore, tried: Case): Promise<readonly unknown[]> {
  const { user, first, second, set, input, operations } = tried;
  const { id, tokenHash: from } = first;
  const { reason, removed } = input;
  const { tokenHash: to } = second;
  const next = operations[Symbol.iterator]();
  const step = (): Operation => next.next().value!;
  return [
    await store.create({ session: first }, step()),
    await store.find(id),
    await store.save({ id, set, remove: removed }, step()),
    await store.find(id),
    await store.create({ session: second, limit: { max: 2, onLimit: 'reject' } }, step()),
    await pagesOf(store, user, first.createdAt),
    await store.rotate({ id, from, to, kind: 'immediate' }, step()),
    await store.confirm(id, to, step()),
    await store.block(user, first.createdAt + MINUTE_MS, step()),
    await store.create({ session: { ...second, id: aThirdId(id) } }, step()),
    await store.block(user, 0, step()),
    await store.append(shardOfUser(user, store.shards), factOf(input), step()),
    await store.revoke({ id, reason, only: { userId: 'nobody' } }, step()),
    await store.revoke({ id, reason, only: user }, step()),
    await store.revokeAll({ user, reason }, step()),
    await store.find(second.id),
    await eventsOf(store, user),
  ];
}

const factOf = ({ failedAs }: Input) =>
  ({ type: 'login.failed', tenantId: cleanText(failedAs), userId: cleanText(failedAs) }) as const;

/** In the same shard. */
const aThirdId = (id: SessionId): SessionId => `${id.slice(0, 4)}${id.slice(5)}A` as SessionId;

async function pagesOf(store: SessionStore, user: User, now: number): Promise<unknown> {
  const first = await store.list(user, { limit: 1 }, now);
  const { nextCursor } = first;
  return [first, nextCursor && (await store.list(user, { limit: 1, cursor: nextCursor }, now))];
}

/** What the case has put into the outbox, which is empty then. */
async function eventsOf(store: SessionStore, user: User): Promise<unknown> {
  const shard = shardOfUser(user, store.shards);
  const entries = await store.readOutbox(shard, 100);
  await store.acknowledge(
    shard,
    entries.map(({ key }) => key),
  );
  return entries.map(({ event }) => event);
}

type Named = readonly (readonly [string, SessionStore])[];

async function tryOn(stores: Named, input: Input): Promise<void> {
  const tried = caseOf(input, stores[0]![1].shards);
  if (!tried) return;
  const answers = await Promise.all(stores.map(([, store]) => answersOf(store, tried)));
  const [expected = []] = answers;
  requireRoundTrip(expected, tried);
  for (const [position, [name]] of stores.entries())
    for (const [step, answer] of answers[position]!.entries())
      if (!isDeepStrictEqual(answer, expected[step])) {
        const both = [answer, expected[step]].map((one) => JSON.stringify(one)).join(' and not ');
        throw new Violation(`drivers answer alike: ${name}, step ${step}: ${both}`);
      }
}

/** What was found is what was created. */
function requireRoundTrip(answers: readonly unknown[], { first }: Case): void {
  const { session } = answers[1] as { readonly session: NewSession };
  for (const field of ['user', 'data', 'device', 'methods'] as const)
    requireThat(isDeepStrictEqual(session[field], first[field]), `${field} comes back as it went`);
}

interface OpenedStores {
  readonly stores: Named;
  readonly close: () => Promise<void>;
}

async function openStores(world: World): Promise<OpenedStores> {
  const [plain, limited] = [freshPrefix(), freshPrefix()];
  world.prefixes.add(plain).add(limited);
  await addDocumentedUser(world.redis, limited);
  const asLimited = new Redis(world.redisUrl, { username: limited, password: 'password' });
  const sqlite = await openStore('sqlite');
  const stores = [
    ['memory', memoryStore()],
    ['redis', redisStore(world.redis, { prefix: plain })],
    ['redis as the documented user', redisStore(asLimited, { prefix: limited })],
    ['sqlite', sqlite.store],
  ] as const;
  for (const [, store] of stores) await store.start(someSettings({ storeTimeoutMs: 10_000 }));
  const close = async (): Promise<void> => {
    for (const [, store] of stores) await store.close();
    asLimited.disconnect();
    await sqlite.close();
  };
  return { stores, close };
}

/** Texts of all Unicode in every field of a session, through every operation of every driver. */
export const drivers: Domain = {
  name: 'drivers',
  weight: 6,
  open: async (world) => {
    const { stores, close } = await openStores(world);
    return {
      check: checking(inputs, (input) => tryOn(stores, input)),
      conclude: async () => {
        const ours = (await keysOf(world.redis)).filter(
          (key) => !key.toString().startsWith(LEGACY_PREFIX),
        );
        for (const key of ours) requireDocumented(key, world.prefixes, stores[1]![1].shards);
      },
      close,
    };
  },
};

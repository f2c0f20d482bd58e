import type { AuditContext } from '../core/audit/audit-event.js';
import { systemClock, type Clock } from '../core/clock.js';
import {
  newEventId,
  newSessionId,
  newSessionToken,
  tokenHashOf,
  type SessionId,
  type TokenHash,
} from '../core/ids.js';
import { resolveSessionOptions } from '../core/policy/session-options.js';
import type { NewSession, Operation, StoreSettings } from '../core/session-store.js';
import { shardOfUser, type User } from '../core/user.js';

/** What a built session has to agree with. */
export interface Place {
  readonly clock: Clock;
  /** How many shards the store has. */
  readonly shards: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let usersBuilt = 0;

/** A user like no other so far. */
export const aUser = (overrides: Partial<User> = {}): User => ({
  tenantId: '',
  userId: `user-${++usersBuilt}`,
  ...overrides,
});

/** The hash of a new token. */
export const aTokenHash = (id: SessionId = newSessionId(0), generation = 0): TokenHash =>
  tokenHashOf(newSessionToken(id, generation));

/** A session of a user (a new one by default), just authenticated: idle after 30 m, over after 12 h. */
export function aSession(
  { clock, shards }: Place,
  overrides: Partial<NewSession> = {},
): NewSession {
  const now = clock.now();
  const user = overrides.user ?? aUser();
  return {
    ...unusedSession(newSessionId(shardOfUser(user, shards)), now),
    user,
    authenticatedAt: now,
    methods: ['pwd'],
    ...overrides,
  };
}

/** A session without a user, in shard 0 unless `overrides.id` says otherwise. */
export const anAnonymousSession = (
  { clock }: Pick<Place, 'clock'>,
  overrides: Omit<Partial<NewSession>, 'user'> = {},
): NewSession => ({
  ...unusedSession(overrides.id ?? newSessionId(0), clock.now()),
  ...overrides,
});

const unusedSession = (id: SessionId, now: number): NewSession => ({
  id,
  createdAt: now,
  lastSeenAt: now,
  absoluteExpiresAt: now + 12 * HOUR_MS,
  idleTimeoutMs: 30 * MINUTE_MS,
  tokenHash: aTokenHash(id),
  generation: 0,
  rotatedAt: now,
  rotation: 'immediate',
  methods: [],
  device: { ip: '192.0.2.1', userAgent: 'Agent/1.0', label: 'Agent' },
  data: {},
});

/** A change attempted now, with a minute until its deadline. */
export const anOperation = (clock: Clock, overrides: Partial<Operation> = {}): Operation => ({
  eventId: newEventId(),
  now: clock.now(),
  deadline: clock.now() + MINUTE_MS,
  context: aContext(),
  ...overrides,
});

export const aContext = (overrides: Partial<AuditContext> = {}): AuditContext => ({
  initiator: 'user',
  requestId: 'request-1',
  ip: '192.0.2.1',
  ...overrides,
});

/** What an application sets by default, but silent and with the admin index. */
export const someSettings = (overrides: Partial<StoreSettings> = {}): StoreSettings => ({
  ...resolveSessionOptions({ adminIndex: true }),
  clock: systemClock,
  warn: () => undefined,
  ...overrides,
});

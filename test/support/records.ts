import { newSessionToken, parseSessionToken, type ParsedToken } from '../../src/core/ids.js';
import type { SessionRecord, Tombstone } from '../../src/core/session-record.js';
import { aSession } from '../../src/testing/builders.js';

/** An instant for specs of pure functions, which are handed the time. */
export const NOW = 1_800_000_000_000;

/** A session of a user as a store holds it, opened at `NOW`, never rotated. */
export const aRecord = (overrides: Partial<SessionRecord> = {}): SessionRecord => ({
  ...aSession({ clock: { now: () => NOW }, shards: 4 }),
  state: 'active',
  epoch: 0,
  version: 0,
  ...overrides,
});

/** A new token of the session, taken apart. */
export const aTokenOf = ({ id }: Pick<SessionRecord, 'id'>, generation = 0): ParsedToken =>
  parseSessionToken(newSessionToken(id, generation))!;

/** What the session leaves when it is revoked at `NOW`. */
export const aTombstoneOf = (
  { id, user, tokenHash, previousTokenHash, generation }: SessionRecord,
  overrides: Partial<Tombstone> = {},
): Tombstone => ({
  state: 'revoked',
  id,
  ...(user && { user }),
  tokenHash,
  ...(previousTokenHash && { previousTokenHash }),
  generation,
  reason: 'logout',
  endedAt: NOW,
  eventId: 'event-1',
  ...overrides,
});

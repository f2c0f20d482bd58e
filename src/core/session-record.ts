import type { SessionId, TokenHash } from './ids.js';
import type { User } from './user.js';

/** Where a session was opened. `label` is for people: "Firefox on Linux". */
export interface Device {
  readonly ip?: string;
  readonly userAgent?: string;
  readonly label?: string;
}

/**
 * The application's values: one text for each top-level key, JSON or, in a driver's hands, encrypted
 * JSON. A store never parses it.
 */
export type SessionData = Readonly<Record<string, string>>;

/**
 * How the token came to be the current one. After `periodic` the previous token stays good until
 * the new one was used and for a grace after that; after `immediate` it is refused at once.
 */
export type RotationKind = 'periodic' | 'immediate';

/** A session as stored, alive unless its own times or its epoch say otherwise. Times are whole milliseconds. */
export interface SessionRecord {
  readonly state: 'active';
  readonly id: SessionId;
  /** Absent: an anonymous session. It never changes; a login opens another session. */
  readonly user?: User;
  readonly createdAt: number;
  /** Last proof of identity; absent for an anonymous session. */
  readonly authenticatedAt?: number;
  readonly lastSeenAt: number;
  readonly absoluteExpiresAt: number;
  readonly idleTimeoutMs: number;
  readonly tokenHash: TokenHash;
  readonly previousTokenHash?: TokenHash;
  /** How many rotations the current token is from the first. */
  readonly generation: number;
  readonly rotatedAt: number;
  readonly rotation: RotationKind;
  /** First use of the current token; absent until then. A session's first token needs no confirming. */
  readonly confirmedAt?: number;
  /**
   * The shard's epoch when the session was created. An epoch is the instant it began; a session
   * of an older one than the shard's present epoch is dead since that instant.
   */
  readonly epoch: number;
  /** Authentication methods, RFC 8176 values where one fits (`pwd`, `otp`, `hwk` …). */
  readonly methods: readonly string[];
  readonly device: Device;
  readonly impersonatorId?: string;
  /** Grows by one with every change of the data. */
  readonly version: number;
  /** How long an ended session of this id must be remembered at least, whatever `tombstoneTtl` says. */
  readonly tombstoneUntil?: number;
  /** Reading it throws SessionDataUnreadableError where it is encrypted and cannot be decrypted. */
  readonly data: SessionData;
}

export type EndedState = 'revoked' | 'evicted' | 'expired';

/** What an ended session leaves for a while. Its data is gone. */
export interface Tombstone {
  readonly state: EndedState;
  readonly id: SessionId;
  readonly user?: User;
  readonly tokenHash: TokenHash;
  readonly previousTokenHash?: TokenHash;
  readonly generation: number;
  readonly reason: string;
  /** When it was ended, or the deadline or epoch that ended it; not when somebody noticed. */
  readonly endedAt: number;
  readonly eventId: string;
}

export type StoredSession = SessionRecord | Tombstone;

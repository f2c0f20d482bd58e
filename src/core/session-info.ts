import type { SessionId } from './ids.js';
import { expiresAt } from './policy/session-policy.js';
import type { Device, SessionRecord } from './session-record.js';
import type { User } from './user.js';

/** What application code learns of a session: nothing that could open it. Times are whole milliseconds. */
export interface SessionInfo {
  readonly id: SessionId;
  /** Absent: an anonymous session. */
  readonly user?: User;
  readonly createdAt: number;
  /** Last proof of identity. */
  readonly authenticatedAt?: number;
  readonly lastSeenAt: number;
  /** When silence ends it. */
  readonly idleExpiresAt: number;
  /** When its age ends it. */
  readonly absoluteExpiresAt: number;
  /** The earlier of the two. */
  readonly expiresAt: number;
  readonly methods: readonly string[];
  readonly device: Device;
  readonly impersonatorId?: string;
}

/** Lists fields by hand: a spread here would hand out whatever a record comes to hold next. */
export const toSessionInfo = (session: SessionRecord): SessionInfo => ({
  id: session.id,
  ...(session.user && { user: session.user }),
  createdAt: session.createdAt,
  ...(session.authenticatedAt !== undefined && { authenticatedAt: session.authenticatedAt }),
  lastSeenAt: session.lastSeenAt,
  idleExpiresAt: session.lastSeenAt + session.idleTimeoutMs,
  absoluteExpiresAt: session.absoluteExpiresAt,
  expiresAt: expiresAt(session),
  methods: session.methods,
  device: session.device,
  ...(session.impersonatorId !== undefined && { impersonatorId: session.impersonatorId }),
});

import { isoTime } from '../iso-time.js';
import type { SessionInfo } from '../session-info.js';

/** What the API shows of a session. Times are ISO 8601 in UTC. */
export interface SessionView {
  readonly id: string;
  readonly tenantId: string;
  /** Null for an anonymous session. */
  readonly userId: string | null;
  readonly createdAt: string;
  readonly authenticatedAt: string | null;
  readonly lastSeenAt: string;
  /** The earlier of the idle and the absolute deadline. */
  readonly expiresAt: string;
  readonly methods: readonly string[];
  readonly device: {
    readonly ip: string | null;
    readonly userAgent: string | null;
    readonly label: string | null;
    /** Where the address is, as coarsely as the application tells; null where it does not. */
    readonly place: string | null;
  };
  readonly impersonatorId: string | null;
  /** Whether it is the session of the request that asks. */
  readonly current: boolean;
}

/** Lists fields by hand: a spread here would publish whatever comes to be known next. */
export const toSessionView = (
  session: SessionInfo,
  currentId?: string,
  place?: string,
): SessionView => ({
  id: session.id,
  tenantId: session.user?.tenantId ?? '',
  userId: session.user?.userId ?? null,
  createdAt: isoTime(session.createdAt),
  authenticatedAt: session.authenticatedAt === undefined ? null : isoTime(session.authenticatedAt),
  lastSeenAt: isoTime(session.lastSeenAt),
  expiresAt: isoTime(session.expiresAt),
  methods: session.methods,
  device: {
    ip: session.device.ip ?? null,
    userAgent: session.device.userAgent ?? null,
    label: session.device.label ?? null,
    place: place ?? null,
  },
  impersonatorId: session.impersonatorId ?? null,
  current: session.id === currentId,
});

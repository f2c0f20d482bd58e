import type { AuditFinding } from '../audit/audit-finding.js';
import type { AuditEventType, Initiator, JsonObject } from '../core/audit/audit-event.js';
import type { SessionView } from '../core/directory/session-view.js';
import type { ListView } from '../nest/self-service-views.js';

/** A page over all users. @publicApi */
export interface SessionSearchView extends ListView<SessionView> {
  /** Entries looked at for this page; at most 1,000, so a page may be short and still have a next. */
  readonly examined: number;
}

/** What ending by filter would end now. @publicApi */
export interface RevokePreviewView {
  /** Live sessions that match, the operator's own left out. */
  readonly matched: number;
  /** False: so many were examined that counting was left off, and more may match. */
  readonly complete: boolean;
  /** Sessions created from here on do not count; sent along with the real request, it ends no other. */
  readonly before: string;
  readonly dryRun: true;
}

/** How many sessions a request ended. @publicApi */
export interface EndedView {
  readonly ended: number;
}

/** Whether a user is kept from logging in. @publicApi */
export interface BlockView {
  readonly tenantId: string;
  readonly userId: string;
  /** Null: logins are let in. */
  readonly blockedUntil: string | null;
}

/** What the API shows of an audit event. Times are ISO 8601 in UTC; null where the event does not tell. @publicApi */
export interface AuditEventView {
  readonly eventId: string;
  readonly type: AuditEventType;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly outcome: 'success' | 'failure';
  readonly reason: string | null;
  readonly initiator: Initiator;
  readonly actorId: string | null;
  readonly tenantId: string | null;
  readonly userId: string | null;
  readonly sessionId: string | null;
  readonly requestId: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly methods: readonly string[] | null;
  readonly details: JsonObject | null;
  /** With `chainSeq`, the row's place in the order of arrival. */
  readonly chain: number;
  readonly chainSeq: number;
}

/** How many audit events match, over time. Stretches without any are left out. @publicApi */
export interface AuditHistogramView {
  readonly from: string;
  readonly to: string;
  /** How long each stretch is. They begin at multiples of it since 1970. */
  readonly bucketMs: number;
  readonly total: number;
  readonly buckets: readonly AuditBucketView[];
}

/** @publicApi */
export interface AuditBucketView {
  readonly from: string;
  readonly count: number;
  /** Those of them with the outcome `failure`. */
  readonly failures: number;
}

/** Work that goes on after the answer; any node can tell of it for a day. @publicApi */
export type JobView = RevokeJobView | RevokeEverythingJobView | VerifyJobView;

/** @publicApi */
export interface JobBase {
  readonly id: string;
  /**
   * `refused`: it would have ended more than `max`, and has ended nothing. `interrupted`: its
   * process has not been heard of for a while; asking for the same again is safe.
   */
  readonly state: 'running' | 'done' | 'refused' | 'failed' | 'interrupted';
  readonly startedAt: string;
  readonly updatedAt: string;
  /** What of how much; `total` is null where nobody knows. */
  readonly progress: { readonly done: number; readonly total: number | null };
  /** A stable code; with `failed` only. */
  readonly errorCode: string | null;
}

/** @publicApi */
export interface RevokeJobView extends JobBase {
  readonly kind: 'revoke';
  /** Null until it is known. */
  readonly matched: number | null;
  readonly ended: number;
  readonly max: number;
  readonly before: string;
}

/** @publicApi */
export interface RevokeEverythingJobView extends JobBase {
  readonly kind: 'revoke-everything';
}

/** @publicApi */
export interface VerifyJobView extends JobBase {
  readonly kind: 'verify-audit';
  /** Null until it is done. */
  readonly result: {
    readonly valid: boolean;
    readonly rows: number;
    readonly chains: number;
    readonly pseudonymised: number;
    /** The first hundred; the first is the first broken row of its chain. */
    readonly findings: readonly AuditFinding[];
    readonly findingCount: number;
    readonly unanchored: readonly number[];
  } | null;
}

/** The state of things, counted; nothing here is older than ten seconds but hours that are over. @publicApi */
export interface OverviewView {
  readonly now: string;
  /** Over the operator's scope. One that ended by time counts until it is swept. */
  readonly live: { readonly sessions: number; readonly users: number };
  /**
   * Of the last 24 hours, from the audit; null where none is kept, or its database is away. What
   * comes late to an hour that is over is told within ten minutes.
   */
  readonly activity: ActivityView | null;
  /** By browser and system, of the newest sessions in the scope; null without the option `adminIndex`. */
  readonly devices: DevicesView | null;
  /** Null for an operator of a tenant. */
  readonly health: HealthView | null;
}

/** @publicApi */
export interface ActivityView {
  readonly from: string;
  readonly to: string;
  readonly bucketMs: number;
  readonly signIns: readonly { readonly from: string; readonly count: number }[];
  readonly endings: readonly {
    readonly from: string;
    /** `revoked`, `evicted`, `expired` or `token-reused`. */
    readonly state: string;
    readonly reason: string;
    readonly count: number;
  }[];
  readonly failedLogins: readonly { readonly from: string; readonly count: number }[];
}

/** @publicApi */
export interface DevicesView {
  /** How many sessions these counts are over. */
  readonly sampled: number;
  /** True: they are all there are; false: the newest of more. */
  readonly complete: boolean;
  readonly browsers: readonly { readonly name: string; readonly count: number }[];
  readonly systems: readonly { readonly name: string; readonly count: number }[];
}

/** @publicApi */
export interface HealthView {
  readonly store: {
    readonly available: boolean;
    readonly description: string;
    /** As the driver tells: `memoryPolicy`, `clockOffsetMs`, `push`, `shards` … */
    readonly details: Readonly<Record<string, string | number | boolean>>;
  };
  /** For how long the session that has been past its deadline for longest has not been swept. */
  readonly sweeperLagMs: number;
  readonly outbox: {
    readonly entries: number;
    readonly bytes: number;
    readonly oldestAgeMs: number | null;
  };
  /** Null where no audit is kept. */
  readonly relay: {
    readonly waiting: number;
    readonly oldestAgeMs: number | null;
    readonly rejected: number;
    readonly lastErrorCode: string | null;
    readonly cutOff: readonly number[];
    readonly lastSuccessAt: string | null;
  } | null;
  /** The last verification that anybody asked for; null: none within a day. */
  readonly verification: VerifyJobView | null;
  readonly factsDropped: number;
}

/** One message of `GET admin/events`, as JSON in its `data`; the stream's event name is `message`. @publicApi */
export type AdminEventView =
  | {
      readonly kind: 'session';
      /** `session.created`, `.rotated`, `.reauthenticated`, `.adopted`, or an ending: `.revoked`, `.evicted`, `.expired`. */
      readonly type: AuditEventType;
      readonly at: string;
      readonly sessionId: string;
      readonly tenantId: string;
      readonly userId: string;
      readonly reason: string | null;
    }
  /** A block, a failed login and the like. */
  | {
      readonly kind: 'fact';
      readonly type: AuditEventType;
      readonly at: string;
      readonly tenantId: string | null;
      readonly userId: string | null;
      readonly reason: string | null;
    }
  /** Something may have been missed: ask for what is shown anew. */
  | { readonly kind: 'resync'; readonly at: string }
  /** Every fifteen seconds; silence of twice that means that the connection is lost. */
  | { readonly kind: 'alive'; readonly at: string };

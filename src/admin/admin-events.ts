import { Inject, Injectable } from '@nestjs/common';
import {
  EMPTY,
  defer,
  exhaustMap,
  filter,
  map,
  merge,
  mergeMap,
  Observable,
  share,
  timer,
} from 'rxjs';
import type { AuditEventType } from '../core/audit/audit-event.js';
import type { SessionCore } from '../core/session-core.js';
import type { SessionNotice } from '../core/live/session-notices.js';
import type { SessionRecord } from '../core/session-record.js';
import { isoTime } from '../core/iso-time.js';
import { SessionEvents } from '../nest/session-events.js';
import { SESSION_CORE } from '../nest/session.tokens.js';
import type { AdminEventView } from './admin-views.js';

const LOOK_INTERVAL_MS = 2_000;
/** How far each look goes back, so that what was being written during the one before is not missed. */
const OVERLAP_MS = 5_000;
const MAX_ARRIVALS = 100;
const ALIVE_INTERVAL_MS = 15_000;
const REMEMBERED = 1_000;

/** These are told by the endings, which know those of other nodes too. */
const ENDING_TYPES: ReadonlySet<AuditEventType> = new Set<AuditEventType>([
  'session.revoked',
  'session.evicted',
  'session.expired',
]);

/**
 * What happens to sessions, told once to all who watch. What this node does is told at once, and so
 * is every ending that the store tells of; sessions begun on other nodes are found by a look at the
 * newest every two seconds, while anybody watches, where `adminIndex` is on.
 */
@Injectable()
export class AdminEvents {
  private readonly created = new Set<string>();

  readonly all$: Observable<AdminEventView>;

  constructor(
    @Inject(SESSION_CORE) private readonly core: SessionCore,
    events: SessionEvents,
  ) {
    const here$ = events.notices$.pipe(
      filter(({ type }) => !ENDING_TYPES.has(type)),
      mergeMap((notice) => viewsOf(notice)),
    );
    const alive$ = timer(0, ALIVE_INTERVAL_MS).pipe(
      map((): AdminEventView => ({ kind: 'alive', at: this.now() })),
    );
    this.all$ = merge(here$, this.endings(), this.arrivals()).pipe(
      filter((view) => this.isNews(view)),
      share(),
      (shared$) => merge(shared$, alive$),
    );
  }

  private endings(): Observable<AdminEventView> {
    return new Observable((watcher) =>
      this.core.endings.listen({
        ended: ({ sessionId, user, state, reason }) => {
          const type = `session.${state}` as const;
          if (user)
            watcher.next({ kind: 'session', type, at: this.now(), sessionId, ...user, reason });
        },
        doubted: () => watcher.next({ kind: 'resync', at: this.now() }),
      }),
    );
  }

  private arrivals(): Observable<AdminEventView> {
    if (!this.core.options.adminIndex) return EMPTY;
    return defer(() => {
      const since = this.core.operations.now();
      return timer(LOOK_INTERVAL_MS, LOOK_INTERVAL_MS).pipe(
        exhaustMap(() => this.look(since)),
        mergeMap((sessions) => sessions.flatMap(createdView)),
      );
    });
  }

  /** Oldest first, from when somebody began to watch. A look that fails is made up for by the next. */
  private async look(since: number): Promise<readonly SessionRecord[]> {
    const back = this.core.operations.now() - LOOK_INTERVAL_MS - OVERLAP_MS;
    const createdFrom = Math.max(since, back);
    try {
      const page = await this.core.search.search({ createdFrom }, { limit: MAX_ARRIVALS });
      return page.items.toReversed();
    } catch (error) {
      this.core.reportError(error);
      return [];
    }
  }

  private isNews(view: AdminEventView): boolean {
    if (view.kind !== 'session' || view.type !== 'session.created') return true;
    if (this.created.has(view.sessionId)) return false;
    this.created.add(view.sessionId);
    if (this.created.size > REMEMBERED) this.created.delete(this.created.values().next().value!);
    return true;
  }

  private now(): string {
    return isoTime(this.core.operations.now());
  }
}

const createdView = ({ id, user, createdAt }: SessionRecord): AdminEventView[] =>
  user
    ? [
        {
          kind: 'session',
          type: 'session.created',
          at: isoTime(createdAt),
          sessionId: id,
          tenantId: user.tenantId,
          userId: user.userId,
          reason: null,
        },
      ]
    : [];

/** Sessions of nobody are not told of. */
function viewsOf({ type, at, sessionId, user, reason }: SessionNotice): AdminEventView[] {
  const told = { type, at: isoTime(at), reason: reason ?? null };
  if (sessionId === undefined)
    return [
      { kind: 'fact', ...told, tenantId: user?.tenantId ?? null, userId: user?.userId ?? null },
    ];
  return user
    ? [{ kind: 'session', ...told, sessionId, tenantId: user.tenantId, userId: user.userId }]
    : [];
}

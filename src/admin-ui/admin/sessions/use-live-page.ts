import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { AdminEventView } from '../../../admin/admin-views.js';
import type { ListView } from '../../../nest/self-service-views.js';
import { useAdmin, useRefresh } from '../admin-context.js';
import { useLiveEvents } from '../live.js';

const ENDINGS = new Set(['session.revoked', 'session.evicted', 'session.expired']);
/** In a rush of sign-ins the page is read anew once in so long. */
const REFRESH_PAUSE = 1_000;
/** What changes without an event, such as when a session was last seen. */
const REFRESH_EVERY = 30_000;

export interface LivePageOptions {
  /** Told of the sessions that have ended. */
  readonly onEnded: (ids: readonly string[]) => void;
  /** Rows must not move just now: the reader points at them, or is somewhere in the past. */
  readonly isHeld: () => boolean;
  /** Whether the event is of what is shown. Default: everything is. */
  readonly isShown?: (event: SessionEvent) => boolean;
}

type SessionEvent = Extract<AdminEventView, { readonly kind: 'session' }>;

export interface LivePage {
  /** Sessions that have opened since, and are not shown because rows are held. */
  readonly arrived: number;
  readonly show: () => void;
}

/** Keeps the lists of sessions that are shown current by what the stream tells. */
export function useLivePage({ onEnded, isHeld, isShown }: LivePageOptions): LivePage {
  const { live } = useAdmin();
  const refresh = useRefresh();
  const remove = useRemoval();
  const [arrived, setArrived] = useState(0);
  const timer = useRef<number>(undefined);
  const show = useCallback(() => {
    setArrived(0);
    refresh();
  }, [refresh]);
  const soon = useCallback(() => {
    timer.current ??= window.setTimeout(() => {
      timer.current = undefined;
      if (!isHeld()) show();
    }, REFRESH_PAUSE);
  }, [isHeld, show]);
  const take = useCallback(
    (event: AdminEventView) => {
      if (event.kind !== 'session' || isShown?.(event) === false) return;
      if (ENDINGS.has(event.type)) {
        remove(event.sessionId);
        onEnded([event.sessionId]);
      }
      if (isHeld() && event.type === 'session.created') setArrived((before) => before + 1);
      else soon();
    },
    [remove, onEnded, isHeld, isShown, soon],
  );
  useLiveEvents(live, take);
  useEffect(() => {
    const every = setInterval(() => {
      if (!isHeld() && live.state.is === 'live') show();
    }, REFRESH_EVERY);
    return () => clearInterval(every);
  }, [isHeld, live, show]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  return { arrived, show };
}

type Cached = ListView<{ readonly id: string }> | undefined;

const isSessionList = (path: unknown): boolean =>
  typeof path === 'string' && path.endsWith('sessions');

/** Takes a session out of every list in memory. */
export function useRemoval(): (id: string) => void {
  const client = useQueryClient();
  return useCallback(
    (id: string) =>
      void client.setQueriesData<Cached>(
        { predicate: ({ queryKey }) => isSessionList(queryKey[0]) },
        (list) => list && { ...list, items: list.items.filter((item) => item.id !== id) },
      ),
    [client],
  );
}

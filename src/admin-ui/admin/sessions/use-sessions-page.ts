import { useMemo } from 'react';
import type { SessionSearchView } from '../../../admin/admin-views.js';
import type { SessionView } from '../../../core/directory/session-view.js';
import type { Route } from '../../shared/route.js';
import { useAnswer } from '../admin-context.js';
import { toSessionFilter, FILTER_NAMES } from './session-filters.js';

export interface SessionsPage {
  readonly filter: Readonly<Record<string, string>>;
  readonly data: SessionSearchView | undefined;
  readonly sessions: readonly SessionView[];
  readonly error: unknown;
  /** What is shown is of the filter before. */
  readonly isOld: boolean;
  readonly retry: () => void;
}

const PAGE = '50';

/** The page of sessions that the address names. */
export function useSessionsPage(route: Route): SessionsPage {
  const asked = FILTER_NAMES.map((name) => route[name] ?? '').join('\n');
  // Spans of time are measured from when they were asked for, so that all pages are of one list.
  const filter = useMemo(() => toSessionFilter(route, Date.now()), [asked]);
  const query = { ...filter, cursor: route['cursor'], limit: PAGE };
  const { data, error, refetch, isPlaceholderData } = useAnswer<SessionSearchView>(
    'sessions',
    query,
    { keep: 'previous' },
  );
  const sessions = useMemo(() => inOrder(data?.items ?? [], filter), [data, filter]);
  return { filter, data, sessions, error, isOld: isPlaceholderData, retry: () => void refetch() };
}

/** As the API gives them, newest first; those of one user by when they were last seen. */
function inOrder(
  items: readonly SessionView[],
  { userId }: { readonly userId?: string },
): readonly SessionView[] {
  if (userId === undefined) return items;
  return items.toSorted((left, right) => right.lastSeenAt.localeCompare(left.lastSeenAt));
}

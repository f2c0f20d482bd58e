import { useCallback, useRef, useState, type ReactNode } from 'react';
import type { RowSelectionState } from '@tanstack/react-table';
import type { SessionView } from '../../../core/directory/session-view.js';
import { ApiError } from '../../shared/api.js';
import { Failure, Loading } from '../../shared/failure.js';
import { useRefresh } from '../admin-context.js';
import { EndMatchingDialog } from '../end-matching-dialog.js';
import { EndSessionsDialog } from '../end-sessions-dialog.js';
import { Paging } from '../paging.js';
import type { ViewProps } from '../view-props.js';
import { FilterBar } from './filter-bar.js';
import { NoSessions } from './no-sessions.js';
import { FILTER_NAMES, hasFilter, parametersOf } from './session-filters.js';
import { SessionsTable } from './sessions-table.js';
import { Toolbar } from './toolbar.js';
import { useLivePage } from './use-live-page.js';
import { useSessionsPage, type SessionsPage } from './use-sessions-page.js';

/** What is to be ended: these, or all that match. */
type Ending = readonly SessionView[] | 'matching';

export function SessionsView({ route, go }: ViewProps): ReactNode {
  const page = useSessionsPage(route);
  const { cursor } = route;
  const { selection, setSelection, forget } = useSelection();
  const [ending, setEnding] = useState<Ending>();
  const { isHeld, onHover } = useHold(cursor !== undefined || hasFilter(selection) || !!ending);
  const news = useLivePage({ onEnded: forget, isHeld });
  const show = (changes: Readonly<Record<string, string | undefined>>): void => {
    setSelection({});
    const how = { history: 'cursor' in changes ? 'push' : 'replace' } as const;
    go({ ...route, cursor: undefined, ...changes, view: 'sessions' }, how);
  };
  const ofFilter = { end: () => setEnding('matching'), clear: () => go({ view: 'sessions' }) };
  return (
    <div className="stack">
      <FilterBar route={route} error={page.error} onChange={show} />
      <Toolbar
        shown={page.data?.items.length}
        selected={Object.keys(selection).length}
        arrived={news.arrived}
        onShow={news.show}
        onEndSelected={() => setEnding(page.sessions.filter(({ id }) => selection[id]))}
        onClear={() => setSelection({})}
        ofFilter={hasFilter(page.filter) ? ofFilter : undefined}
      />
      <SessionsPanel
        {...{ page, selection, onHover }}
        onSelection={setSelection}
        onEnd={(session) => setEnding([session])}
      />
      <Paging
        cursor={cursor}
        nextCursor={page.data?.nextCursor}
        onCursor={(next) => show({ cursor: next })}
      />
      <EndingDialog ending={ending} page={page} onClose={setEnding} onEnded={forget} />
    </div>
  );
}

type SessionsPanelProps = { readonly page: SessionsPage } & Pick<
  Parameters<typeof SessionsTable>[0],
  'selection' | 'onSelection' | 'onEnd' | 'onHover'
>;

function SessionsPanel({ page, ...table }: SessionsPanelProps): ReactNode {
  const { data, error, sessions, isOld, retry } = page;
  if (error) return isAboutFilter(error) ? null : <Failure error={error} onRetry={retry} />;
  if (!data) return <Loading />;
  return (
    <div className="panel table-panel">
      <SessionsTable {...table} sessions={sessions} isBusy={isOld} />
      <NoSessions data={data} />
    </div>
  );
}

interface EndingDialogProps {
  readonly ending: Ending | undefined;
  readonly page: SessionsPage;
  readonly onClose: (ending: undefined) => void;
  readonly onEnded: (ids: readonly string[]) => void;
}

function EndingDialog({ ending, page, onClose, onEnded }: EndingDialogProps): ReactNode {
  const refresh = useRefresh();
  const close = (): void => onClose(undefined);
  if (ending === undefined) return null;
  if (ending === 'matching')
    return <EndMatchingDialog filter={page.filter} onClose={close} onEnded={refresh} />;
  return <EndSessionsDialog sessions={ending} onClose={close} onEnded={onEnded} />;
}

const PARAMETERS = FILTER_NAMES.flatMap(parametersOf);

/** The field that it is about shows it. */
const isAboutFilter = (error: unknown): boolean =>
  error instanceof ApiError && PARAMETERS.some((name) => error.about(name) !== undefined);

/** Rows stay where they are while something is done with them, or the pointer is over them. */
function useHold(isBusy: boolean) {
  const pointed = useRef(false);
  const isHeld = useCallback(() => isBusy || pointed.current, [isBusy]);
  const onHover = useCallback((isOver: boolean) => {
    pointed.current = isOver;
  }, []);
  return { isHeld, onHover };
}

/** Sessions that have ended are forgotten. */
function useSelection() {
  const [selection, setSelection] = useState<RowSelectionState>({});
  const forget = useCallback(
    (ids: readonly string[]) =>
      setSelection((before) =>
        ids.some((id) => id in before)
          ? Object.fromEntries(Object.entries(before).filter(([id]) => !ids.includes(id)))
          : before,
      ),
    [],
  );
  return { selection, setSelection, forget };
}

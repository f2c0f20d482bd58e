import {
  createColumnHelper,
  rowSelectionFeature,
  tableFeatures,
  useTable,
  type Row,
  type RowSelectionState,
} from '@tanstack/react-table';
import type { ReactNode } from 'react';
import type { SessionView } from '../../../core/directory/session-view.js';
import { deviceText, userText, whereText } from '../../shared/device.js';
import { texts } from '../../shared/texts.js';
import { Time } from '../../shared/time.js';
import { UserLink } from '../links.js';

const features = tableFeatures({ rowSelectionFeature });
type SessionRow = Row<typeof features, SessionView>;
const helper = createColumnHelper<typeof features, SessionView>();

type EndSession = (session: SessionView) => void;

function UserCell({ session }: { readonly session: SessionView }): ReactNode {
  const { userId, tenantId, current, impersonatorId, lastSeenAt } = session;
  return (
    <>
      <span className="cell-main">
        {userId === null ? texts.sessions.anonymous : <UserLink {...{ userId, tenantId }} />}
        {current && <span className="badge accent">{texts.sessions.here}</span>}
        {impersonatorId !== null && (
          <span className="badge warning">{texts.sessions.impersonated(impersonatorId)}</span>
        )}
      </span>
      {tenantId !== '' && <span className="cell-more text">{tenantId}</span>}
      <span className="cell-more narrow text">
        {deviceText(session)} · <Time at={lastSeenAt} />
      </span>
      <span className="cell-more narrow text">{whereText(session)}</span>
    </>
  );
}

const columns = helper.columns([
  helper.display({
    id: 'select',
    header: ({ table }) => (
      <input
        type="checkbox"
        aria-label={texts.sessions.selectAll}
        checked={table.getIsAllRowsSelected()}
        ref={(box) => {
          if (box) box.indeterminate = table.getIsSomeRowsSelected();
        }}
        onChange={table.getToggleAllRowsSelectedHandler()}
      />
    ),
    cell: ({ row }) => (
      <input
        type="checkbox"
        aria-label={texts.sessions.select(userText(row.original), deviceText(row.original))}
        checked={row.getIsSelected()}
        disabled={!row.getCanSelect()}
        onChange={row.getToggleSelectedHandler()}
      />
    ),
  }),
  helper.display({
    id: 'user',
    header: texts.sessions.user,
    cell: ({ row }) => <UserCell session={row.original} />,
  }),
  helper.display({
    id: 'device',
    header: texts.sessions.device,
    cell: ({ row }) => (
      <span title={row.original.device.userAgent ?? undefined}>{deviceText(row.original)}</span>
    ),
  }),
  helper.display({
    id: 'address',
    header: texts.sessions.address,
    cell: ({ row: { original } }) => (
      <>
        <span className="mono">{original.device.ip ?? '–'}</span>
        {original.device.place !== null && (
          <span className="cell-more text">{original.device.place}</span>
        )}
      </>
    ),
  }),
  helper.display({
    id: 'method',
    header: texts.sessions.method,
    cell: ({ row }) => row.original.methods.join(', ') || '–',
  }),
  helper.display({
    id: 'created',
    header: texts.sessions.created,
    cell: ({ row }) => <Time at={row.original.createdAt} as="short" />,
  }),
  helper.display({
    id: 'seen',
    header: texts.sessions.seen,
    cell: ({ row }) => <Time at={row.original.lastSeenAt} />,
  }),
]);

const idOf = ({ id }: SessionView): string => id;
/** One's own present session is ended by signing out. */
const canSelect = ({ original }: SessionRow): boolean => !original.current;

export interface SessionsTableProps {
  readonly sessions: readonly SessionView[];
  readonly selection: RowSelectionState;
  readonly onSelection: (
    next: RowSelectionState | ((before: RowSelectionState) => RowSelectionState),
  ) => void;
  readonly onEnd: EndSession;
  readonly onHover: (isOver: boolean) => void;
  readonly isBusy: boolean;
}

const useSessionsTable = ({ sessions, selection, onSelection }: SessionsTableProps) =>
  useTable({
    features,
    columns,
    data: sessions as SessionView[],
    getRowId: idOf,
    enableRowSelection: canSelect,
    state: { rowSelection: selection },
    onRowSelectionChange: onSelection,
  });

export function SessionsTable(props: SessionsTableProps): ReactNode {
  const { onEnd, onHover, isBusy } = props;
  const table = useSessionsTable(props);
  return (
    <table className="data" aria-busy={isBusy}>
      <caption className="unseen">{texts.sessions.table}</caption>
      <thead>
        {table.getHeaderGroups().map((group) => (
          <tr key={group.id}>
            {group.headers.map((header) => (
              <th key={header.id} scope="col" className={`col-${header.column.id}`}>
                <table.FlexRender header={header} />
              </th>
            ))}
            <th scope="col" className="col-end">
              <span className="unseen">{texts.sessions.actions}</span>
            </th>
          </tr>
        ))}
      </thead>
      <tbody onMouseEnter={() => onHover(true)} onMouseLeave={() => onHover(false)}>
        {table.getRowModel().rows.map((row) => (
          <tr key={row.id} className={row.getIsSelected() ? 'on' : ''}>
            {row.getAllCells().map((cell) => (
              <td key={cell.id} className={`col-${cell.column.id}`}>
                <table.FlexRender cell={cell} />
              </td>
            ))}
            <EndCell session={row.original} onEnd={onEnd} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface EndCellProps {
  readonly session: SessionView;
  readonly onEnd: EndSession;
}

const EndCell = ({ session, onEnd }: EndCellProps): ReactNode => (
  <td className="col-end">
    {!session.current && (
      <button
        type="button"
        className="danger-quiet"
        aria-label={texts.sessions.endOf(userText(session), deviceText(session))}
        onClick={() => onEnd(session)}
      >
        {texts.sessions.end}
      </button>
    )}
  </td>
);

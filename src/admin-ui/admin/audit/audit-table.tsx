import { createColumnHelper, tableFeatures, useTable } from '@tanstack/react-table';
import { useCallback, useMemo, type ReactNode } from 'react';
import type { AuditEventView } from '../../../admin/admin-views.js';
import { toneOf } from '../../shared/event-list.js';
import { Empty } from '../../shared/failure.js';
import { eventText, texts } from '../../shared/texts.js';
import { Time } from '../../shared/time.js';
import { UserLink } from '../links.js';

const features = tableFeatures({});
const helper = createColumnHelper<typeof features, AuditEventView>();

function EventCell({ event }: { readonly event: AuditEventView }): ReactNode {
  return (
    <>
      <span className={`badge ${toneOf(event)}`}>
        <span className="dot" aria-hidden="true" />
        {eventText(event.type)}
      </span>
      <span className="cell-more narrow text">
        {[event.userId, event.reason, event.actorId ?? event.initiator].filter(Boolean).join(' · ')}
      </span>
    </>
  );
}

const timeColumn = (onShow: (event: AuditEventView) => void) =>
  helper.display({
    id: 'when',
    header: texts.audit.when,
    cell: ({ row: { original } }) => (
      <button type="button" className="link" onClick={() => onShow(original)}>
        <Time at={original.occurredAt} as="seconds" />
        <span className="unseen"> {texts.audit.showDetails(eventText(original.type))}</span>
      </button>
    ),
  });

const OTHER_COLUMNS = [
  helper.display({
    id: 'event',
    header: texts.audit.event,
    cell: ({ row }) => <EventCell event={row.original} />,
  }),
  helper.display({
    id: 'audited-user',
    header: texts.audit.user,
    cell: ({ row: { original } }) =>
      original.userId === null ? (
        '–'
      ) : (
        <UserLink userId={original.userId} tenantId={original.tenantId ?? ''} />
      ),
  }),
  helper.accessor((event) => event.actorId ?? event.initiator, {
    id: 'by',
    header: texts.audit.by,
  }),
  helper.accessor((event) => event.reason ?? '–', { id: 'reason', header: texts.audit.reason }),
  helper.display({
    id: 'address',
    header: texts.audit.address,
    cell: ({ row }) => <span className="mono">{row.original.ip ?? '–'}</span>,
  }),
];

export interface AuditTableProps {
  readonly events: readonly AuditEventView[];
  readonly isBusy: boolean;
  readonly onShow: (event: AuditEventView) => void;
}

export function AuditTable({ events, isBusy, onShow }: AuditTableProps): ReactNode {
  const columns = useMemo(() => helper.columns([timeColumn(onShow), ...OTHER_COLUMNS]), [onShow]);
  const table = useTable({
    features,
    columns,
    data: events as AuditEventView[],
    getRowId: useCallback(({ eventId }: AuditEventView) => eventId, []),
  });
  if (events.length === 0) return <Empty>{texts.audit.empty}</Empty>;
  return (
    <table className="data" aria-busy={isBusy}>
      <caption className="unseen">{texts.audit.table}</caption>
      <thead>
        {table.getHeaderGroups().map((group) => (
          <tr key={group.id}>
            {group.headers.map((header) => (
              <th key={header.id} scope="col" className={`col-${header.column.id}`}>
                <table.FlexRender header={header} />
              </th>
            ))}
          </tr>
        ))}
      </thead>
      <tbody>
        {table.getRowModel().rows.map((row) => (
          <tr key={row.id}>
            {row.getAllCells().map((cell) => (
              <td key={cell.id} className={`col-${cell.column.id}`}>
                <table.FlexRender cell={cell} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

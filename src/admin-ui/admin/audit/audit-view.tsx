import { useState, type ReactNode } from 'react';
import type { AuditEventView } from '../../../admin/admin-views.js';
import type { ListView } from '../../../nest/self-service-views.js';
import { ApiError } from '../../shared/api.js';
import { Empty, Failure, Loading } from '../../shared/failure.js';
import { texts } from '../../shared/texts.js';
import { useAdmin, useAnswer } from '../admin-context.js';
import { Paging } from '../paging.js';
import type { ViewProps } from '../view-props.js';
import { AuditChart } from './audit-chart.js';
import { AuditFilterBar } from './audit-filter-bar.js';
import { AUDIT_FILTER_NAMES, auditParameterOf, toAuditFilter } from './audit-filters.js';
import { AuditTable } from './audit-table.js';
import { EventDialog } from './event-dialog.js';
import { ExportButtons } from './export-buttons.js';
import { VerifyButton } from './verify-button.js';

const PAGE = '50';

export function AuditView({ route, go }: ViewProps): ReactNode {
  const { operator } = useAdmin();
  const { cursor } = route;
  const filter = toAuditFilter(route);
  const [shown, setShown] = useState<AuditEventView>();
  const { data, error, refetch, isPlaceholderData } = useAnswer<ListView<AuditEventView>>(
    'audit',
    { ...filter, cursor, limit: PAGE },
    { keep: 'previous' },
  );
  const change = (changes: Readonly<Record<string, string>>): void =>
    go({ ...route, cursor: undefined, ...changes, view: 'audit' }, { history: 'replace' });
  if (error instanceof ApiError && error.status === 404) return <Empty>{texts.audit.none}</Empty>;
  const isRefused = error instanceof ApiError && isAboutFilter(error);
  return (
    <div className="stack">
      <AuditFilterBar route={route} error={error} onChange={change} />
      <div className="row spread toolbar">
        <ExportButtons filter={filter} />
        {operator.scope === null && <VerifyButton />}
      </div>
      {!isRefused && <AuditChart filter={filter} onRange={change} />}
      {error && !isRefused && <Failure error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && !error && (
        <div className="panel table-panel">
          <AuditTable events={data.items} isBusy={isPlaceholderData} onShow={setShown} />
        </div>
      )}
      <Paging
        cursor={cursor}
        nextCursor={data?.nextCursor}
        onCursor={(next) => go({ ...route, view: 'audit', cursor: next })}
      />
      {shown && <EventDialog event={shown} onClose={() => setShown(undefined)} />}
    </div>
  );
}

const isAboutFilter = (error: ApiError): boolean =>
  AUDIT_FILTER_NAMES.some((name) => error.about(auditParameterOf(name)) !== undefined);

import type { ReactNode } from 'react';
import type { AuditEventView } from '../../../admin/admin-views.js';
import type { ListView } from '../../../nest/self-service-views.js';
import { ApiError } from '../../shared/api.js';
import { EventList } from '../../shared/event-list.js';
import { Empty, Failure, Loading } from '../../shared/failure.js';
import { texts } from '../../shared/texts.js';
import { useAnswer } from '../admin-context.js';
import { ViewLink } from '../links.js';
import type { UserRef } from './user-ref.js';

const SHOWN = 30;

/** What has happened to the user's sessions, newest first. */
export function Timeline({ user }: { readonly user: UserRef }): ReactNode {
  const { userId, tenantId } = user;
  const { data, error } = useAnswer<ListView<AuditEventView>>('audit', {
    userId,
    tenantId,
    limit: SHOWN,
  });
  return (
    <section className="stack" aria-label={texts.user.timeline}>
      <h2>{texts.user.timeline}</h2>
      <div className="panel">
        {error && <TimelineFailure error={error} />}
        {!data && !error && <Loading />}
        {data && <EventList events={data.items} empty={texts.user.noEvents} />}
        {data?.nextCursor && (
          <ViewLink className="small" to={{ view: 'audit', user: userId, tenant: tenantId }}>
            {texts.user.olderEvents}
          </ViewLink>
        )}
      </div>
    </section>
  );
}

const TimelineFailure = ({ error }: { readonly error: Error }): ReactNode =>
  error instanceof ApiError && error.status === 404 ? (
    <Empty>{texts.user.noAudit}</Empty>
  ) : (
    <Failure error={error} />
  );

import type { ReactNode } from 'react';
import type { AuditEventView } from '../../admin/admin-views.js';
import { Empty } from './failure.js';
import { eventText } from './texts.js';
import { Time } from './time.js';

/** What both pages know of an event. */
export type ListedEvent = Pick<
  AuditEventView,
  'eventId' | 'type' | 'occurredAt' | 'outcome' | 'reason' | 'initiator' | 'ip'
> & { readonly actorId?: string | null };

const ENDINGS = new Set(['session.revoked', 'session.evicted', 'session.expired']);

export const toneOf = ({ type, outcome }: Pick<ListedEvent, 'type' | 'outcome'>): string => {
  if (outcome === 'failure') return 'danger';
  if (ENDINGS.has(type)) return 'warning';
  return type === 'session.created' ? 'good' : '';
};

export interface EventListProps {
  readonly events: readonly ListedEvent[];
  readonly empty: string;
}

export function EventList({ events, empty }: EventListProps): ReactNode {
  if (events.length === 0) return <Empty>{empty}</Empty>;
  return (
    <ol className="events">
      {events.map((event) => (
        <li key={event.eventId} className={toneOf(event)}>
          <span className="dot" aria-hidden="true" />
          <div className="text">
            <p>{eventText(event.type)}</p>
            <p className="quiet small">
              {[event.reason, event.actorId ?? event.initiator, event.ip]
                .filter(Boolean)
                .join(' · ')}
            </p>
          </div>
          <span className="quiet small">
            <Time at={event.occurredAt} as="short" />
          </span>
        </li>
      ))}
    </ol>
  );
}

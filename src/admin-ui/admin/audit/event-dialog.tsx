import type { ReactNode } from 'react';
import type { AuditEventView } from '../../../admin/admin-views.js';
import { Dialog } from '../../shared/dialog.js';
import { eventText } from '../../shared/texts.js';
import { exactTime } from '../../shared/time.js';

export interface EventDialogProps {
  readonly event: AuditEventView;
  readonly onClose: () => void;
}

const TIMES = new Set(['occurredAt', 'recordedAt']);

/** Everything that the API tells of an event, under the API's names. */
export function EventDialog({ event, onClose }: EventDialogProps): ReactNode {
  const told = Object.entries(event).filter(([, value]) => value !== null);
  return (
    <Dialog title={eventText(event.type)} onClose={onClose}>
      <dl className="details">
        {told.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="text mono">{valueText(name, value as unknown)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

function valueText(name: string, value: unknown): string {
  if (TIMES.has(name)) return exactTime(String(value));
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
}

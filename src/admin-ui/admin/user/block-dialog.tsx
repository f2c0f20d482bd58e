import { useState, type ReactNode } from 'react';
import { fieldError, failureText } from '../../shared/failure.js';
import { SelectField, TextField } from '../../shared/field.js';
import { Dialog } from '../../shared/dialog.js';
import { useAnnounce } from '../../shared/notices.js';
import { texts } from '../../shared/texts.js';
import { useAdmin, useRefresh } from '../admin-context.js';
import { useAction } from '../confirm-dialog.js';
import { ReasonField } from '../reason-field.js';
import { pathOf, type UserRef } from './user-ref.js';

const HOUR = 3_600_000;
const SPANS: Readonly<Record<string, number>> = { '1h': HOUR, '1d': 24 * HOUR, '7d': 168 * HOUR };
const OWN_DATE = 'own';

/** A span from now, or a date and time in the reader's zone. */
interface Until {
  readonly span: string;
  readonly date: string;
}

export interface BlockDialogProps {
  readonly user: UserRef;
  readonly onClose: () => void;
}

/** The instant in the reader's zone as ISO 8601; what is no instant goes to the API as it is. */
function untilOf({ span, date }: Until): string {
  if (span !== OWN_DATE) return new Date(Date.now() + (SPANS[span] ?? 0)).toISOString();
  const at = new Date(date);
  return Number.isNaN(at.getTime()) ? date : at.toISOString();
}

export function BlockDialog({ user, onClose }: BlockDialogProps): ReactNode {
  const [until, setUntil] = useState<Until>({ span: '1h', date: '' });
  const [reason, setReason] = useState('');
  const { run, isBusy, error } = useBlock(user, () => untilOf(until), reason, onClose);
  const errors = { until: fieldError(error, 'until'), reason: fieldError(error, 'reason') };
  return (
    <Dialog title={texts.user.blockTitle(user.userId)} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) run();
        }}
      >
        <p className="quiet">{texts.user.blockText}</p>
        <UntilFields until={until} onUntil={setUntil} error={errors.until} />
        <ReasonField value={reason} onValue={setReason} error={errors.reason} />
        {error !== undefined && !errors.until && !errors.reason && (
          <p className="field-error" role="alert">
            {failureText(error)}
          </p>
        )}
        <div className="dialog-foot">
          <button type="button" onClick={onClose}>
            {texts.cancel}
          </button>
          <button type="submit" className="danger" disabled={isBusy}>
            {texts.user.blockConfirm}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface UntilFieldsProps {
  readonly until: Until;
  readonly onUntil: (until: Until) => void;
  readonly error: string | undefined;
}

function UntilFields({ until, onUntil, error }: UntilFieldsProps): ReactNode {
  const isOwnDate = until.span === OWN_DATE;
  return (
    <>
      <SelectField
        label={texts.user.until}
        value={until.span}
        onValue={(span) => onUntil({ ...until, span })}
        options={Object.entries(texts.user.spans)}
        error={isOwnDate ? undefined : error}
      />
      {isOwnDate && (
        <TextField
          label={texts.user.date}
          type="datetime-local"
          required
          value={until.date}
          onValue={(date) => onUntil({ ...until, date })}
          error={error}
        />
      )}
    </>
  );
}

function useBlock(user: UserRef, until: () => string, reason: string, onClose: () => void) {
  const { api } = useAdmin();
  const announce = useAnnounce();
  const refresh = useRefresh();
  return useAction(async () => {
    const { tenantId, userId } = user;
    const body = { tenantId, until: until(), reason: reason.trim() || undefined };
    await api.change('POST', `${pathOf(user)}/block`, { body });
    announce({ tone: 'done', text: texts.user.blockDone(userId) });
    refresh();
    onClose();
  });
}

export function UnblockButton({ user }: { readonly user: UserRef }): ReactNode {
  const { api } = useAdmin();
  const announce = useAnnounce();
  const refresh = useRefresh();
  const { run, isBusy } = useAction(async () => {
    const { tenantId, userId } = user;
    try {
      await api.change('DELETE', `${pathOf(user)}/block`, { body: { tenantId } });
      announce({ tone: 'done', text: texts.user.unblockDone(userId) });
    } catch (error) {
      announce({ tone: 'failed', text: failureText(error) });
      throw error;
    }
    refresh();
  });
  return (
    <button type="button" onClick={run} disabled={isBusy}>
      {texts.user.unblock}
    </button>
  );
}

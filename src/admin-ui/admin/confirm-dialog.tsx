import { useState, type ReactNode } from 'react';
import { Dialog } from '../shared/dialog.js';
import { failureText, fieldError } from '../shared/failure.js';
import { TextField } from '../shared/field.js';
import { useSignedOut } from '../shared/signed-out.js';
import { texts } from '../shared/texts.js';
import { ReasonField } from './reason-field.js';

export interface ConfirmDialogProps {
  readonly title: string;
  readonly confirm: string;
  readonly onClose: () => void;
  /** Does it; what it rejects with is shown, beside the field that it names. */
  readonly act: (reason: string | undefined) => Promise<void>;
  readonly children: ReactNode;
  /** To be typed first, letter by letter. */
  readonly phrase?: string;
  /** There is nothing to confirm (yet). */
  readonly state?: 'ready' | 'waiting';
}

/** Asks before something that cannot be undone; the focus begins at the harmless end. */
export function ConfirmDialog(props: ConfirmDialogProps): ReactNode {
  const { title, confirm, onClose, act, children, phrase, state = 'ready' } = props;
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const { run, isBusy, error } = useAction(() => act(reason.trim() || undefined));
  const reasonError = fieldError(error, 'reason');
  const isConfirmed = state === 'ready' && (phrase === undefined || typed.trim() === phrase);
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isConfirmed && !isBusy) run();
        }}
      >
        {children}
        <ReasonField value={reason} onValue={setReason} error={reasonError} />
        {phrase !== undefined && (
          <TextField label={texts.ending.type(phrase)} value={typed} onValue={setTyped} />
        )}
        {error !== undefined && reasonError === undefined && (
          <p className="field-error" role="alert">
            {failureText(error)}
          </p>
        )}
        <div className="dialog-foot">
          <button type="button" onClick={onClose}>
            {texts.cancel}
          </button>
          <button type="submit" className="danger" disabled={!isConfirmed || isBusy}>
            {confirm}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export interface Action {
  readonly run: () => void;
  readonly isBusy: boolean;
  readonly error: unknown;
}

/** An act that is under way at most once, and what it failed with. */
export function useAction(act: () => Promise<void>): Action {
  const [state, setState] = useState<{ readonly isBusy: boolean; readonly error?: unknown }>({
    isBusy: false,
  });
  const { notice } = useSignedOut();
  const run = (): void => {
    setState({ isBusy: true });
    act().then(
      () => setState({ isBusy: false }),
      (error: unknown) => {
        setState({ isBusy: false, error });
        notice(error);
      },
    );
  };
  return { run, isBusy: state.isBusy, error: state.error };
}

import { useState, type ReactNode } from 'react';
import type { SessionView } from '../../core/directory/session-view.js';
import { ApiError } from '../shared/api.js';
import { deviceText } from '../shared/device.js';
import { Dialog } from '../shared/dialog.js';
import { failureText } from '../shared/failure.js';
import { useAnnounce } from '../shared/notices.js';
import { useSignedOut } from '../shared/signed-out.js';
import { texts } from '../shared/texts.js';
import type { Account } from './account.js';
import { StepUp } from './step-up.js';

export type Ending = { readonly session: SessionView } | 'others';

export interface EndDialogProps {
  readonly account: Account;
  readonly ending: Ending;
  readonly onClose: () => void;
  readonly onEnded: () => void;
}

export function EndDialog({ account, ending, onClose, onEnded }: EndDialogProps): ReactNode {
  const { act, state } = useEnding({ account, ending, onClose, onEnded });
  if (state.is === 'not-fresh') return <StepUp account={account} onClose={onClose} onFresh={act} />;
  return (
    <Dialog title={titleOf(ending)} onClose={onClose}>
      <div className="dialog-body">
        <p className="quiet">{texts.account.endText}</p>
        {state.is === 'failed' && (
          <p className="field-error" role="alert">
            {failureText(state.error)}
          </p>
        )}
        <div className="dialog-foot">
          <button type="button" onClick={onClose}>
            {texts.cancel}
          </button>
          <button type="button" className="danger" onClick={act} disabled={state.is === 'busy'}>
            {ending === 'others' ? texts.account.endOthers : texts.account.end}
          </button>
        </div>
      </div>
    </Dialog>
  );
}

type State =
  | { readonly is: 'asking' | 'busy' | 'not-fresh' }
  | { readonly is: 'failed'; readonly error: unknown };

function useEnding({ account, ending, onClose, onEnded }: EndDialogProps) {
  const [state, setState] = useState<State>({ is: 'asking' });
  const announce = useAnnounce();
  const { notice, ended } = useSignedOut();
  const act = (): void => {
    setState({ is: 'busy' });
    end(account, ending).then(
      (text) => {
        onClose();
        if (ending !== 'others' && ending.session.current) return ended(undefined);
        announce({ tone: 'done', text });
        onEnded();
      },
      (error: unknown) => {
        const isStale = error instanceof ApiError && error.code === 'SESSION_NOT_FRESH';
        setState(isStale ? { is: 'not-fresh' } : { is: 'failed', error });
        notice(error);
      },
    );
  };
  return { act, state };
}

/** Answers what it has done. */
async function end({ api }: Account, ending: Ending): Promise<string> {
  if (ending === 'others') {
    const { ended } = await api.change<{ readonly ended: number }>('DELETE', 'sessions');
    return texts.account.endedOthers(ended);
  }
  try {
    await api.change('DELETE', `sessions/${ending.session.id}`);
    return texts.account.ended(deviceText(ending.session));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return texts.account.gone;
    throw error;
  }
}

function titleOf(ending: Ending): string {
  const { account } = texts;
  if (ending === 'others') return account.endOthersTitle;
  return ending.session.current
    ? account.endHereTitle
    : account.endTitle(deviceText(ending.session));
}

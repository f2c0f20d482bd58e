import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react';
import { ApiError } from './api.js';
import { Dialog } from './dialog.js';
import { signInAddress, type PageSettings } from './settings.js';
import { texts } from './texts.js';

interface SignedOut {
  /** To be told of every failure; takes note of those that say that nobody is signed in. */
  readonly notice: (error: unknown) => void;
  readonly ended: (reason: string | undefined) => void;
}

const SignedOutContext = createContext<SignedOut>({
  notice: () => undefined,
  ended: () => undefined,
});

export const useSignedOut = (): SignedOut => use(SignedOutContext);

export interface SignedOutGateProps {
  readonly settings: PageSettings;
  /** Asks anew whether somebody is signed in; rejects if not. */
  readonly check: () => Promise<unknown>;
  /** Somebody is: what is shown has to be read anew. */
  readonly onBack: () => void;
  readonly children: ReactNode;
}

/** Lays the way back in over what is shown, which stays as it was. */
export function SignedOutGate(props: SignedOutGateProps): ReactNode {
  const { settings, check, onBack, children } = props;
  const [state, setState] = useState<{ readonly reason: string | undefined }>();
  const actions = useMemo<SignedOut>(
    () => ({
      notice: (error) => {
        if (error instanceof ApiError && error.isSignedOut) setState({ reason: error.reason });
      },
      ended: (reason) => setState({ reason }),
    }),
    [],
  );
  const back = (): void => {
    setState(undefined);
    onBack();
  };
  return (
    <SignedOutContext value={actions}>
      {children}
      {state && (
        <SignedOutDialog
          reason={state.reason}
          address={signInAddress(settings)}
          check={check}
          onBack={back}
        />
      )}
    </SignedOutContext>
  );
}

interface SignedOutDialogProps {
  readonly reason: string | undefined;
  readonly address: string | undefined;
  readonly check: () => Promise<unknown>;
  readonly onBack: () => void;
}

function SignedOutDialog({ reason, address, check, onBack }: SignedOutDialogProps): ReactNode {
  const [hint, setHint] = useState<string>();
  const look = (onStill: () => void): void => void check().then(onBack, onStill);
  useEffect(() => {
    const quietly = (): void => {
      if (document.visibilityState === 'visible') void check().then(onBack, () => undefined);
    };
    document.addEventListener('visibilitychange', quietly);
    return () => document.removeEventListener('visibilitychange', quietly);
  }, [check, onBack]);
  return (
    <Dialog title={texts.signedOut.title} onClose={() => undefined} dismissal="none">
      <div className="dialog-body">
        <p>{address === undefined ? texts.signedOut.noWay : texts.signedOut.text}</p>
        {reason !== undefined && <p className="quiet text">{texts.signedOut.reason(reason)}</p>}
        <p role="status" className="field-error">
          {hint}
        </p>
        <div className="dialog-foot">
          <button type="button" onClick={() => look(() => setHint(texts.signedOut.still))}>
            {texts.signedOut.again}
          </button>
          {address !== undefined && (
            <a className="button primary" href={address}>
              {texts.signedOut.signIn}
            </a>
          )}
        </div>
      </div>
    </Dialog>
  );
}

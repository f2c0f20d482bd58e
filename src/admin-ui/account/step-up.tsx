import { useState, type ReactNode } from 'react';
import { Dialog } from '../shared/dialog.js';
import { failureText } from '../shared/failure.js';
import { TextField } from '../shared/field.js';
import { signInAddress } from '../shared/settings.js';
import { texts } from '../shared/texts.js';
import type { Account } from './account.js';

export interface StepUpProps {
  readonly account: Account;
  readonly onClose: () => void;
  /** The session is fresh: what was refused may be asked for again. */
  readonly onFresh: () => void;
}

/** Asks for the password again, which the application checks; without a route for it, leads to the way in. */
export function StepUp({ account, onClose, onFresh }: StepUpProps): ReactNode {
  const { stepUp } = account.settings;
  return (
    <Dialog title={texts.account.confirmTitle} onClose={onClose}>
      {stepUp === undefined ? (
        <SignInAgain account={account} />
      ) : (
        <PasswordForm account={account} address={stepUp} onFresh={onFresh} />
      )}
    </Dialog>
  );
}

function SignInAgain({ account }: { readonly account: Account }): ReactNode {
  const address = signInAddress(account.settings);
  return (
    <div className="dialog-body">
      <p className="quiet">{texts.account.confirmSignIn}</p>
      {address !== undefined && (
        <div className="dialog-foot">
          <a className="button primary" href={address}>
            {texts.signedOut.signIn}
          </a>
        </div>
      )}
    </div>
  );
}

interface PasswordFormProps {
  readonly account: Account;
  readonly address: string;
  readonly onFresh: () => void;
}

function PasswordForm({ account, address, onFresh }: PasswordFormProps): ReactNode {
  const [password, setPassword] = useState('');
  const [error, setError] = useState<unknown>();
  const confirm = (): void => {
    account.api.at(address, { password }).then(onFresh, setError);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        confirm();
      }}
    >
      <p className="quiet">{texts.account.confirmText}</p>
      <TextField
        label={texts.account.password}
        type="password"
        autoComplete="current-password"
        required
        value={password}
        onValue={setPassword}
        error={error === undefined ? undefined : failureText(error)}
      />
      <div className="dialog-foot">
        <button type="submit" className="primary">
          {texts.account.confirm}
        </button>
      </div>
    </form>
  );
}

import { useState, type ReactNode } from 'react';
import { TextField } from '../../shared/field.js';
import { texts } from '../../shared/texts.js';
import type { ViewProps } from '../view-props.js';
import { UserPage } from './user-page.js';

/** One user, or the question which. */
export function UserView({ route, go }: ViewProps): ReactNode {
  const { user, tenant = '' } = route;
  if (user === undefined) return <UserPicker onPick={(named) => go({ view: 'user', ...named })} />;
  return <UserPage key={`${tenant}\n${user}`} userId={user} tenantId={tenant} />;
}

interface UserPickerProps {
  readonly onPick: (named: { readonly user: string; readonly tenant: string }) => void;
}

function UserPicker({ onPick }: UserPickerProps): ReactNode {
  const [user, setUser] = useState('');
  const [tenant, setTenant] = useState('');
  return (
    <form
      className="panel picker"
      onSubmit={(event) => {
        event.preventDefault();
        if (user.trim() !== '') onPick({ user: user.trim(), tenant: tenant.trim() });
      }}
    >
      <h2>{texts.user.pick}</h2>
      <TextField label={texts.filters.searchHint} value={user} onValue={setUser} required />
      <TextField label={texts.filters.tenant} value={tenant} onValue={setTenant} />
      <button type="submit" className="primary">
        {texts.user.open}
      </button>
    </form>
  );
}

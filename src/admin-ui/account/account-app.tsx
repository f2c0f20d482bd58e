import { useCallback, useEffect, useState, type ReactNode } from 'react';
import type { SessionView } from '../../core/directory/session-view.js';
import type { DeadlinesView, ListView } from '../../nest/self-service-views.js';
import { Api, ApiError } from '../shared/api.js';
import { Failure, Loading } from '../shared/failure.js';
import { IdleWarning } from '../shared/idle-warning.js';
import type { PageSettings } from '../shared/settings.js';
import { SignedOutGate, useSignedOut } from '../shared/signed-out.js';
import { texts } from '../shared/texts.js';
import type { Account } from './account.js';
import { Devices } from './devices.js';
import { SecurityEvents } from './security-events.js';

export function AccountApp({ settings }: { readonly settings: PageSettings }): ReactNode {
  const [account] = useState<Account>(() => ({ api: apiOf(settings), settings }));
  const { api } = account;
  const [visit, setVisit] = useState(0);
  const read = useCallback(() => api.get<DeadlinesView>('session'), [api]);
  const stay = useCallback(() => api.get('sessions', { limit: 1 }), [api]);
  const onBack = useCallback(() => setVisit((before) => before + 1), []);
  return (
    <SignedOutGate settings={settings} check={read} onBack={onBack}>
      <main className="account">
        <header className="stack">
          <h1>{texts.account.title}</h1>
          <p className="quiet">{texts.account.lead}</p>
        </header>
        <IdleWarning key={visit} read={read} stay={stay} />
        <Sessions account={account} visit={visit} />
        <SecurityEvents account={account} visit={visit} />
      </main>
    </SignedOutGate>
  );
}

function apiOf({ api: base, csrfHeader }: PageSettings): Api {
  const api: Api = new Api({
    base,
    csrfHeader,
    csrfToken: async () => (await api.get<DeadlinesView>('session')).csrfToken,
  });
  return api;
}

interface PartProps {
  readonly account: Account;
  /** Counts how often somebody has signed in again. */
  readonly visit: number;
}

/** The most sessions that one page of the API holds. */
const MOST = 200;

function Sessions({ account, visit }: PartProps): ReactNode {
  const { api } = account;
  const { notice } = useSignedOut();
  const [sessions, setSessions] = useState<readonly SessionView[]>();
  const [error, setError] = useState<unknown>();
  const load = useCallback(
    () =>
      api.get<ListView<SessionView>>('sessions', { limit: MOST }).then(
        ({ items }) => {
          setSessions(items.toSorted(byImportance));
          setError(undefined);
        },
        (failure: unknown) => {
          notice(failure);
          if (!(failure instanceof ApiError && failure.isSignedOut)) setError(failure);
        },
      ),
    [api, notice],
  );
  useEffect(() => void load(), [load, visit]);
  if (error !== undefined) return <Failure error={error} onRetry={() => void load()} />;
  if (!sessions) return <Loading />;
  return <Devices account={account} sessions={sessions} onChange={() => void load()} />;
}

/** The present one first, then by when they were last seen. */
const byImportance = (left: SessionView, right: SessionView): number =>
  Number(right.current) - Number(left.current) || right.lastSeenAt.localeCompare(left.lastSeenAt);

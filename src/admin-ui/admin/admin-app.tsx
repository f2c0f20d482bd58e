import { QueryCache, QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import type { OperatorView } from '../../admin/admin-page.view.js';
import { Api, ApiError } from '../shared/api.js';
import { Failure } from '../shared/failure.js';
import { IdleWarning } from '../shared/idle-warning.js';
import type { PageSettings } from '../shared/settings.js';
import { SignedOutGate, useSignedOut } from '../shared/signed-out.js';
import { AdminContext, refreshAll, type Admin } from './admin-context.js';
import { LiveEvents } from './live.js';
import { Shell } from './shell.js';

const RETRIES = 2;

/** The document itself: to ask for it is an act of the reader's, and needs the page's own guard. */
async function stay(): Promise<void> {
  const response = await fetch('./', { method: 'GET', redirect: 'manual', cache: 'no-store' });
  if (!response.ok) throw new ApiError(401, 'SESSION_REQUIRED', response.statusText);
}

export function AdminApp({ settings }: { readonly settings: PageSettings }): ReactNode {
  const [page] = useState(
    () =>
      new Api({ base: './', csrfHeader: settings.csrfHeader, csrfToken: async () => undefined }),
  );
  const whoAmI = useCallback(() => page.get<OperatorView>('me'), [page]);
  const [api] = useState(
    () =>
      new Api({
        base: settings.api,
        csrfHeader: settings.csrfHeader,
        csrfToken: async () => (await page.get<OperatorView>('me')).csrfToken,
      }),
  );
  const [visit, setVisit] = useState(0);
  const clientOf = useRef<QueryClient>(undefined);
  const onBack = useCallback(() => {
    setVisit((before) => before + 1);
    void clientOf.current?.invalidateQueries();
  }, []);
  return (
    <SignedOutGate settings={settings} check={whoAmI} onBack={onBack}>
      <Connected
        api={api}
        whoAmI={whoAmI}
        visit={visit}
        onClient={(client) => (clientOf.current = client)}
      />
    </SignedOutGate>
  );
}

interface ConnectedProps {
  readonly api: Api;
  readonly whoAmI: () => Promise<OperatorView>;
  /** Counts how often somebody has signed in again. */
  readonly visit: number;
  readonly onClient: (client: QueryClient) => void;
}

function Connected({ api, whoAmI, visit, onClient }: ConnectedProps): ReactNode {
  const { notice } = useSignedOut();
  const [client] = useState(() => queryClientOf(notice));
  useEffect(() => onClient(client), [client, onClient]);
  return (
    <QueryClientProvider client={client}>
      <SignedIn api={api} whoAmI={whoAmI} visit={visit} client={client} />
    </QueryClientProvider>
  );
}

/** What does not change by asking again is not asked again. */
const queryClientOf = (onError: (error: unknown) => void): QueryClient =>
  new QueryClient({
    queryCache: new QueryCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: 'always',
        retry: (failures, error) =>
          failures < RETRIES &&
          error instanceof ApiError &&
          (error.status === 0 || error.status >= 500),
      },
    },
  });

type SignedInProps = Omit<ConnectedProps, 'onClient'> & { readonly client: QueryClient };

function SignedIn({ api, whoAmI, visit, client }: SignedInProps): ReactNode {
  const {
    data: operator,
    error,
    refetch,
  } = useQuery({
    queryKey: ['me', visit],
    queryFn: whoAmI,
    staleTime: Infinity,
  });
  const live = useLive(api, whoAmI, visit, client);
  const admin = useMemo<Admin | undefined>(
    () => operator && { api, live, operator },
    [api, live, operator],
  );
  if (!admin) return error ? <Failure error={error} onRetry={() => void refetch()} /> : null;
  return (
    <AdminContext value={admin}>
      <Shell warning={<IdleWarning read={whoAmI} stay={stay} />} />
    </AdminContext>
  );
}

function useLive(
  api: Api,
  whoAmI: () => Promise<unknown>,
  visit: number,
  client: QueryClient,
): LiveEvents {
  const { notice, ended } = useSignedOut();
  const [live] = useState(
    () =>
      new LiveEvents(api, {
        onEnded: ended,
        onCut: () => void whoAmI().catch(notice),
      }),
  );
  useEffect(() => {
    live.open();
    return () => live.close();
  }, [live, visit]);
  useEffect(
    () =>
      live.listen((event) => {
        if (event.kind === 'resync') void refreshAll(client, api).catch(notice);
      }),
    [live, client, api, notice],
  );
  return live;
}

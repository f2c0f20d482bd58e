import {
  keepPreviousData,
  useQuery,
  useQueryClient,
  type QueryClient,
  type UseQueryResult,
} from '@tanstack/react-query';
import { createContext, use, useCallback } from 'react';
import type { OperatorView } from '../../admin/admin-page.view.js';
import type { Api, Query } from '../shared/api.js';
import type { LiveEvents } from './live.js';

export interface Admin {
  readonly api: Api;
  readonly live: LiveEvents;
  readonly operator: OperatorView;
}

export const AdminContext = createContext<Admin | undefined>(undefined);

export function useAdmin(): Admin {
  const admin = use(AdminContext);
  if (!admin) throw new Error('There is no AdminContext');
  return admin;
}

export interface AnswerOptions {
  readonly enabled?: boolean;
  /** What is shown until the answer is there; `previous` where the path never changes. Default: nothing. */
  readonly keep?: 'nothing' | 'previous';
}

/** What the API answers; its key is what it was asked, so that it can be asked again. */
export function useAnswer<Answer>(
  path: string,
  query: Query = {},
  { enabled = true, keep = 'nothing' }: AnswerOptions = {},
): UseQueryResult<Answer> {
  const { api } = useAdmin();
  return useQuery({
    queryKey: [path, query],
    queryFn: ({ signal }) => api.get<Answer>(path, query, { signal }),
    enabled,
    ...(keep === 'previous' && { placeholderData: keepPreviousData }),
  });
}

/** Reads what is shown anew without keeping the operator signed in. */
export async function refreshAll(client: QueryClient, api: Api): Promise<void> {
  const shown = client.getQueryCache().findAll({ type: 'active' });
  await Promise.all(
    shown.map(async ({ queryKey, state }) => {
      if (state.fetchStatus === 'fetching') return;
      const [path, query] = queryKey as [string, Query];
      client.setQueryData(queryKey, await api.get(path, query, { by: 'page' }));
    }),
  );
}

export function useRefresh(): () => void {
  const { api } = useAdmin();
  const client = useQueryClient();
  return useCallback(() => void refreshAll(client, api).catch(() => undefined), [client, api]);
}

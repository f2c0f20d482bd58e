import { useCallback, useEffect, useState, type ReactNode } from 'react';
import type { ListView } from '../../nest/self-service-views.js';
import { ApiError } from '../shared/api.js';
import { EventList, type ListedEvent } from '../shared/event-list.js';
import { Failure } from '../shared/failure.js';
import { useSignedOut } from '../shared/signed-out.js';
import { texts } from '../shared/texts.js';
import type { Account } from './account.js';

const PAGE = 10;

export interface SecurityEventsProps {
  readonly account: Account;
  readonly visit: number;
}

/** What has happened to one's own sessions; nothing where the application keeps no audit. */
export function SecurityEvents({ account, visit }: SecurityEventsProps): ReactNode {
  const { events, next, error, load } = useEvents(account, visit);
  if (error instanceof ApiError && (error.status === 404 || error.isSignedOut)) return null;
  return (
    <section className="stack" aria-label={texts.account.events}>
      <h2>{texts.account.events}</h2>
      {error !== undefined && <Failure error={error} onRetry={() => load(undefined)} />}
      {events && (
        <div className="panel">
          <EventList events={events} empty={texts.account.noEvents} />
          {next !== null && (
            <button type="button" onClick={() => load(next)}>
              {texts.account.more}
            </button>
          )}
        </div>
      )}
    </section>
  );
}

function useEvents({ api }: Account, visit: number) {
  const { notice } = useSignedOut();
  const [list, setList] = useState<ListView<ListedEvent>>();
  const [error, setError] = useState<unknown>();
  const load = useCallback(
    (cursor: string | undefined) => {
      api.get<ListView<ListedEvent>>('session/events', { limit: PAGE, cursor }).then(
        (page) =>
          setList((before) => ({
            items: [...(cursor === undefined ? [] : (before?.items ?? [])), ...page.items],
            nextCursor: page.nextCursor,
          })),
        (failure: unknown) => {
          setError(failure);
          notice(failure);
        },
      );
    },
    [api, notice],
  );
  useEffect(() => {
    setError(undefined);
    load(undefined);
  }, [load, visit]);
  return { events: list?.items, next: list?.nextCursor ?? null, error, load };
}

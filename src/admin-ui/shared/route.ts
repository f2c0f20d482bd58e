import { useCallback, useMemo, useSyncExternalStore } from 'react';

/** What is shown is all in the address's query, so that it outlives a reload and a sign-in. */
export type Route = Readonly<Record<string, string>>;

const MOVED = 'gatehouse:moved';

function subscribe(listener: () => void): () => void {
  addEventListener('popstate', listener);
  addEventListener(MOVED, listener);
  return () => {
    removeEventListener('popstate', listener);
    removeEventListener(MOVED, listener);
  };
}

export function addressOf(route: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(route)) if (value) query.set(name, value);
  return `?${query.toString()}`;
}

export type Go = (
  route: Readonly<Record<string, string | undefined>>,
  options?: { readonly history: 'push' | 'replace' },
) => void;

export function useRoute(): { readonly route: Route; readonly go: Go } {
  const search = useSyncExternalStore(subscribe, () => location.search);
  const route = useMemo(() => Object.fromEntries(new URLSearchParams(search)), [search]);
  const go = useCallback<Go>((next, { history: how } = { history: 'push' }) => {
    const address = addressOf(next);
    if (address === location.search) return;
    history[how === 'push' ? 'pushState' : 'replaceState'](null, '', address);
    dispatchEvent(new Event(MOVED));
  }, []);
  return { route, go };
}

import { useEffect } from 'react';
import { useRefresh } from '../admin-context.js';

/** What the API tells is up to ten seconds old. */
const EVERY_MS = 10_000;

export function useOverviewPolling(): void {
  const refresh = useRefresh();
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') refresh();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [refresh]);
}

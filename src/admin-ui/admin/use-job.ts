import { useEffect, useState } from 'react';
import type { JobView } from '../../admin/admin-views.js';
import { ApiError } from '../shared/api.js';
import { useSignedOut } from '../shared/signed-out.js';
import { useAdmin } from './admin-context.js';

const POLL_EVERY = 1_000;

/** Follows work that goes on after the answer; undefined until it is known how it stands. */
export function useJob<Job extends JobView>(
  started: Job | undefined,
  onEnd: (job: Job) => void,
): Job | undefined {
  const { api } = useAdmin();
  const { notice } = useSignedOut();
  const [job, setJob] = useState<Job>();
  useEffect(() => {
    if (!started) return undefined;
    const take = (next: Job): void => {
      setJob(next);
      if (next.state !== 'running') {
        clearInterval(timer);
        onEnd(next);
      }
    };
    const refused = (error: unknown): void => {
      if (error instanceof ApiError && error.isSignedOut) clearInterval(timer);
      notice(error);
    };
    const look = (): void => void api.get<Job>(`jobs/${started.id}`).then(take, refused);
    const timer = setInterval(look, POLL_EVERY);
    look();
    return () => clearInterval(timer);
    // The job is followed once, whatever becomes of the functions.
  }, [started]);
  return job ?? started;
}

import { findRequestSession } from '../express/request-session-of.js';

/** Has the store asked for the session of a request, if only what is kept near has been. */
export async function resolveStrictly(request: object | undefined): Promise<void> {
  await findRequestSession(request)?.refresh();
}

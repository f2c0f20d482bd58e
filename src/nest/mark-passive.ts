import { findRequestSession } from '../express/request-session-of.js';

/** From here on the request is no activity, as on a route that is `@Passive()`. */
export function markPassive(request: object): void {
  const requestSession = findRequestSession(request);
  if (requestSession) requestSession.passive = true;
}

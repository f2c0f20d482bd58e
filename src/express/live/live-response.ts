import type { Request, Response } from 'express';
import {
  SessionEndedError,
  SessionRequiredError,
  SessionStoreUnavailableError,
} from '../../core/errors.js';
import type { ConnectionEnding } from '../../core/live/live-binding.js';
import type { LiveConnections } from '../../core/live/live-connections.js';
import { httpErrorOf } from '../http-error.js';
import { requestSessionOf } from '../request-session-of.js';

/** The event that an event stream ends with. */
export const SESSION_ENDED_EVENT = 'session-ended';

/** What a client is told of the end. */
export interface EndingView {
  readonly state: ConnectionEnding['state'];
  readonly reason: string;
}

/** Fields by hand: a client hears of its own session's end, not of users or nodes. */
export const toEndingView = ({ state, reason }: ConnectionEnding): EndingView => ({
  state,
  reason,
});

/**
 * Binds a response that stays open to its request's session. Resolves when it is bound; from then
 * on the end of the session ends it: an event stream with an event, what has not begun with a 401,
 * anything else by cutting it, so that half of it is not taken for the whole.
 * @throws SessionRequiredError, SessionEndedError for one that ended meanwhile
 */
export async function bindResponse(
  live: LiveConnections,
  request: Request,
  response: Response,
): Promise<void> {
  const session = requestSessionOf(request).active?.session;
  if (!session) throw new SessionRequiredError();
  let isBound = false;
  let early: ConnectionEnding | undefined;
  const binding = await live.bind(session, {
    close: (ending) => {
      if (isBound) endResponse(response, ending);
      else early = ending;
    },
    terminate: () => response.destroy(),
  });
  whenGone(response, () => binding.unbind());
  isBound = true;
  if (!early) return;
  binding.unbind();
  throw errorOf(early);
}

/** Calls back when the connection is done with the response, be it that it was before. */
export function whenGone(response: Response, callback: () => void): void {
  if (response.closed) callback();
  else response.once('close', callback);
}

/** What a request is answered whose session has ended. */
export const errorOf = ({
  state,
  reason,
}: ConnectionEnding): SessionEndedError | SessionStoreUnavailableError =>
  state === 'unavailable'
    ? new SessionStoreUnavailableError('find')
    : new SessionEndedError(state, reason);

function endResponse(response: Response, ending: ConnectionEnding): void {
  if (response.writableEnded || response.destroyed) return;
  if (!response.headersSent) {
    const body = httpErrorOf(errorOf(ending));
    response.status(body.statusCode).set('Cache-Control', 'no-store').json(body);
  } else if (isEventStream(response)) {
    const data = JSON.stringify(toEndingView(ending));
    response.end(`event: ${SESSION_ENDED_EVENT}\ndata: ${data}\n\n`);
  } else response.destroy();
  silence(response);
}

const isEventStream = (response: Response): boolean =>
  String(response.getHeader('Content-Type')).startsWith('text/event-stream');

/** A handler that goes on writing writes nothing, where Node would raise an error nobody expects. */
function silence(response: Response): void {
  response.write = () => false;
  response.end = () => response;
}

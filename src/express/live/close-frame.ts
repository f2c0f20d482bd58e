import {
  SessionEndedError,
  SessionStoreUnavailableError,
  type SessionError,
} from '../../core/errors.js';
import { httpErrorOf } from '../http-error.js';

/** "Try Again Later", of the registry that RFC 6455, 11.7, began: clients may come back with the same cookie. */
const TRY_AGAIN_LATER = 1013;
/** Where private codes begin (RFC 6455, 7.4.2); the HTTP status added to it makes 4401, 4403, 4429. */
const PRIVATE_CODES = 4_000;

/** How a WebSocket is closed, so that pages can read why: an HTTP status they never get to see. */
export interface CloseFrame {
  readonly code: number;
  /** Why the session ended, else the error's code. ASCII, of at most 64 bytes. */
  readonly reason: string;
}

export function closeFrameOf(error: SessionError): CloseFrame {
  const reason = error instanceof SessionEndedError ? error.reason : error.code;
  if (error instanceof SessionStoreUnavailableError) return { code: TRY_AGAIN_LATER, reason };
  return { code: PRIVATE_CODES + httpErrorOf(error).statusCode, reason };
}

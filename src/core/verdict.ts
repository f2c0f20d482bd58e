import type { SessionError } from './errors.js';
import type { SessionId, SessionToken } from './ids.js';
import type { EndedState, SessionRecord } from './session-record.js';

/** A live session, and the token by which this request holds it. */
export interface ActiveSession {
  readonly session: SessionRecord;
  readonly token: SessionToken;
}

/** What came of an exchange of tokens. */
export interface RenewedSession {
  readonly session: SessionRecord;
  /** Absent: another request of the same browser was first, and its answer carries the new token. */
  readonly token?: SessionToken;
}

/** The token is good for a live session. */
export type ActiveVerdict = Extract<Verdict, { readonly state: 'active' }>;

/** What a request's cookie turned out to be worth. */
export type Verdict =
  /** No well-signed, well-formed token was presented. */
  | { readonly state: 'none' }
  | (ActiveSession & {
      readonly state: 'active';
      /** First use of a rotated token; has to be noted. */
      readonly confirmDue: boolean;
      /** The token has come to the age of rotation, or its successor was never used. */
      readonly rotationDue: boolean;
      /** Given without asking the store: true a moment ago, and no answer where that is not enough. */
      readonly cached?: true;
    })
  /** The session has ended. `reason` is for the holder of its token alone; `late`: within the straggler window. */
  | {
      readonly state: EndedState;
      readonly sessionId: SessionId;
      readonly reason: string;
      readonly late: boolean;
    }
  /** Alive, but this token was just rotated away: refused, and nothing of the browser's is touched. */
  | { readonly state: 'straggler'; readonly sessionId: SessionId }
  /** A token rotated away long ago came back; the session has been ended for it. */
  | { readonly state: 'reused'; readonly sessionId: SessionId }
  /** Well-signed, but of no session that is known. */
  | { readonly state: 'unknown' }
  /**
   * Well-signed, from an address that shows too many of no session. Of a session of which it has shown
   * too many, the token is not looked up: it may be good. The request goes on as signed out.
   */
  | { readonly state: 'throttled' }
  | { readonly state: 'unavailable'; readonly error: SessionError };

/**
 * A request of a browser that may hold a good cookie all the same, because it comes late or was not
 * looked at: it gets no Set-Cookie of any kind unless it logs in, and what it writes is dropped.
 */
export const leavesCookieAlone = (verdict: Verdict): boolean =>
  verdict.state === 'straggler' ||
  verdict.state === 'throttled' ||
  verdict.state === 'reused' ||
  ('late' in verdict && verdict.late);

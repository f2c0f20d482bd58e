import type { SessionEnding } from './session-endings.js';
import type { EndedState, SessionRecord } from '../session-record.js';

/** Why a connection is closed: its session has ended or, `unavailable`, nobody can say. */
export interface ConnectionEnding extends Omit<SessionEnding, 'state'> {
  readonly state: EndedState | 'unavailable';
}

/** Reason of a connection that is closed because its session could not be looked at for too long. */
export const STORE_UNAVAILABLE = 'store-unavailable';

/** What a transport does for one of its connections. Each is called once at most, and may not wait. */
export interface LiveConnection {
  /** Tells the client why, and asks it to go. */
  close(ending: ConnectionEnding): void;
  /** Cuts a connection that is still there `liveCloseGrace` after `close`. */
  terminate(): void;
}

/** A connection's place among the live ones. */
export interface LiveBinding {
  /** The session as it was last read: a minute ago at most, while the store answers. `refresh` reads it anew. */
  readonly session: SessionRecord;
  /** Whether the connection may go on: false once it has been asked to close, or is unbound. */
  readonly open: boolean;
  /** For when the connection is gone, whoever closed it. Safe to repeat. */
  unbind(): void;
  /**
   * For each message that the client sends, and for no ping: records activity, where
   * `liveActivity` says so and the touch interval has passed.
   */
  touch(): void;
  /**
   * The session as it is in the store now, in one read. One that has ended closes the connection.
   * @throws SessionEndedError, SessionStoreUnavailableError
   */
  refresh(): Promise<SessionRecord>;
}

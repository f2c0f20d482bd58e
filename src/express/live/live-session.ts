import type { SessionError } from '../../core/errors.js';
import type { LiveBinding } from '../../core/live/live-binding.js';
import type { SessionRecord } from '../../core/session-record.js';
import type { Verdict } from '../../core/verdict.js';

const LIVE_SESSION = Symbol('gatehouse.liveSession');

type Carrier = { [LIVE_SESSION]?: LiveSession };

/** What an error of ours is to the transport of a live connection, so that its client is told the code. */
export type ExceptionOf = (error: SessionError) => unknown;

/**
 * The session of a live connection: what its handshake's cookie was worth and, where that was a
 * session, its binding. It stands on the request of the handshake, where guards find it.
 */
export class LiveSession {
  constructor(
    readonly verdict: Verdict,
    private readonly binding: LiveBinding | undefined,
    readonly exceptionOf: ExceptionOf,
  ) {}

  /** As it was last read; undefined where there was none, and once it has ended. */
  get session(): SessionRecord | undefined {
    return this.binding?.open ? this.binding.session : undefined;
  }

  /** For each message that the client sends: records activity, as the options have it. */
  touch(): void {
    this.binding?.touch();
  }

  /** Reads the session anew. @throws SessionEndedError, SessionStoreUnavailableError */
  async refresh(): Promise<void> {
    await this.binding?.refresh();
  }

  /** For when the connection is gone. Safe to repeat. */
  unbind(): void {
    this.binding?.unbind();
  }
}

export function attachLiveSession(request: object, live: LiveSession): void {
  Object.defineProperty(request, LIVE_SESSION, { value: live });
}

/** Undefined for a request that is no handshake. */
export const findLiveSession = (request: object | undefined): LiveSession | undefined =>
  (request as Carrier | undefined)?.[LIVE_SESSION];

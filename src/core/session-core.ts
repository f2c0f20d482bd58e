import { systemClock, type Clock } from './clock.js';
import { FactRecorder } from './audit/fact-recorder.js';
import { LiveConnections } from './live/live-connections.js';
import { Operations } from './operations.js';
import { SessionDirectory } from './directory/session-directory.js';
import { SessionEndings } from './live/session-endings.js';
import { SessionJobs } from './directory/session-jobs.js';
import { SessionLifecycle } from './session-lifecycle.js';
import { Announcer, type SessionListener } from './live/session-notices.js';
import type { SessionOptions } from './policy/session-options.js';
import { SessionRevocation } from './directory/session-revocation.js';
import { SessionSearch } from './directory/session-search.js';
import type { SessionStore } from './session-store.js';
import { SessionSweeper } from './session-sweeper.js';
import { TokenRotation } from './token-rotation.js';

export interface SessionCoreParts {
  readonly store: SessionStore;
  readonly options: SessionOptions;
  readonly listener: SessionListener;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Hears of failures of work that no caller waits for. */
  readonly reportError: (error: unknown) => void;
}

/** The parts of `core`, put together; whoever hosts them starts the store first. */
export interface SessionCore {
  readonly store: SessionStore;
  readonly options: SessionOptions;
  readonly operations: Operations;
  readonly announcer: Announcer;
  readonly lifecycle: SessionLifecycle;
  readonly rotation: TokenRotation;
  readonly directory: SessionDirectory;
  readonly search: SessionSearch;
  readonly revocation: SessionRevocation;
  readonly jobs: SessionJobs;
  readonly facts: FactRecorder;
  readonly sweeper: SessionSweeper;
  readonly endings: SessionEndings;
  readonly live: LiveConnections;
  /** Where failures go that no caller waits for. */
  readonly reportError: (error: unknown) => void;
}

export function createSessionCore(parts: SessionCoreParts): SessionCore {
  const { store, options, listener, clock = systemClock, reportError } = parts;
  const operations = new Operations(store, clock, options);
  const endings = new SessionEndings(store, reportError);
  const announcer = new Announcer(listener, options, endings);
  const rotation = new TokenRotation(store, options, operations, announcer);
  const facts = new FactRecorder(store, operations, announcer);
  const lifecycle = new SessionLifecycle(
    store,
    options,
    operations,
    announcer,
    rotation,
    facts,
    reportError,
  );
  return {
    store,
    options,
    operations,
    announcer,
    lifecycle,
    rotation,
    ...directoryParts(parts, operations, announcer),
    jobs: new SessionJobs(store, operations, reportError),
    facts,
    sweeper: new SessionSweeper(store, options, operations, announcer, facts, reportError),
    endings,
    live: new LiveConnections({
      store,
      options,
      operations,
      endings,
      touch: (session) => lifecycle.touch(session),
      reportError,
    }),
    reportError,
  };
}

/** How others than its holder find a session, and end it. */
function directoryParts(
  { store, options }: SessionCoreParts,
  operations: Operations,
  announcer: Announcer,
): Pick<SessionCore, 'directory' | 'search' | 'revocation'> {
  const directory = new SessionDirectory(store, operations, announcer, options);
  const search = new SessionSearch(store, operations, options);
  return { directory, search, revocation: new SessionRevocation(search, directory) };
}

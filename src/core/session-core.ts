import { systemClock, type Clock } from './clock.js';
import { FactRecorder } from './fact-recorder.js';
import { Operations } from './operations.js';
import { SessionDirectory } from './session-directory.js';
import { SessionLifecycle } from './session-lifecycle.js';
import { Announcer, type SessionListener } from './session-notices.js';
import type { SessionOptions } from './session-options.js';
import { SessionSearch } from './session-search.js';
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
  readonly facts: FactRecorder;
  readonly sweeper: SessionSweeper;
  /** Where failures go that no caller waits for. */
  readonly reportError: (error: unknown) => void;
}

export function createSessionCore(parts: SessionCoreParts): SessionCore {
  const { store, options, listener, clock = systemClock, reportError } = parts;
  const operations = new Operations(store, clock, options);
  const announcer = new Announcer(listener, options);
  const rotation = new TokenRotation(store, options, operations, announcer);
  const facts = new FactRecorder(store, operations, announcer);
  return {
    store,
    options,
    operations,
    announcer,
    lifecycle: new SessionLifecycle(
      store,
      options,
      operations,
      announcer,
      rotation,
      facts,
      reportError,
    ),
    rotation,
    directory: new SessionDirectory(store, operations, announcer),
    search: new SessionSearch(store, operations, options),
    facts,
    sweeper: new SessionSweeper(store, options, operations, announcer, facts, reportError),
    reportError,
  };
}

import type { SessionId } from '../core/ids.js';
import type { SessionStore, StoreSettings } from '../core/session-store.js';

/** A driver's part in its contract suite: a started store, empty, that nobody else uses. */
export interface StoreUnderTest {
  readonly store: SessionStore;
  /** Deletes a session's record behind the driver's back and leaves every index as it is. */
  dropRecord(id: SessionId): Promise<void>;
  /** Closes the store and deletes what it stored. */
  close(): Promise<void>;
}

/**
 * Opens a store and starts it with these settings, whose clock begins at the present, also that
 * of a server which has its own, and only ever moves forward. Called once for each test.
 */
export type OpenStore = (settings: StoreSettings) => Promise<StoreUnderTest>;

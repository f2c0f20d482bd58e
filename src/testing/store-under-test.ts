import type { SessionId } from '../core/ids.js';
import type { SessionStore, StoreSettings } from '../core/session-store.js';
import type { FakeClock } from './fake-clock.js';

/** A driver's part in its contract suite: a started store, empty, that nobody else uses. */
export interface StoreUnderTest {
  readonly store: SessionStore;
  /**
   * The clock of the store: what its options call `clock`. It starts at the present, also that of
   * a server which has its own clock, and the suite only ever moves it forward.
   */
  readonly clock: FakeClock;
  /** Deletes a session's record behind the driver's back and leaves every index as it is. */
  dropRecord(id: SessionId): Promise<void>;
  /** Closes the store and deletes what it stored. */
  close(): Promise<void>;
}

/** Opens a store with `someSettings(settings)`. Called once for each test. */
export type OpenStore = (settings?: Partial<StoreSettings>) => Promise<StoreUnderTest>;

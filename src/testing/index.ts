export {
  aContext,
  anAnonymousSession,
  anOperation,
  aSession,
  aTokenHash,
  aUser,
  someSettings,
} from './builders.js';
export type { Place } from './builders.js';
export { describeSessionStore } from './describe-session-store.js';
export { FakeClock } from './fake-clock.js';
export type { OpenStore, StoreUnderTest } from './store-under-test.js';

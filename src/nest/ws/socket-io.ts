export type { SessionAdapterOptions } from './adapter-options.js';
export { SESSION_ENDED, SessionIoAdapter } from './session-io-adapter.js';

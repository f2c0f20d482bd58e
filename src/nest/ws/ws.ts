export type { SessionAdapterOptions } from './adapter-options.js';
export { SessionWsAdapter } from './session-ws-adapter.js';

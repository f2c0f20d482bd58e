export { startPrivateMariadb } from './launcher/index.mjs';
export type { PrivateServer, PrivateServerOptions } from './launcher/index.mjs';

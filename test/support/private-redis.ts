export {
  documentedPermissions,
  MASTER_NAME,
  startPrivateRedis,
  startPrivateRedisCluster,
  startPrivateSentinel,
  startPrivateTlsRedis,
} from './launcher/index.mjs';
export type {
  PrivateRedisCluster,
  PrivateSentinel,
  PrivateServer,
  PrivateServerOptions,
  PrivateTlsServer,
} from './launcher/index.mjs';

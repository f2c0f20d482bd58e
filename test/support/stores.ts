import type { SessionStore } from '../../src/core/session-store.js';
import { memoryStore } from '../../src/storage/memory/index.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { freshPrefix, openRedis } from './servers.js';

/** The drivers that every HTTP suite runs on. */
export const DRIVERS = ['memory', 'redis'] as const;
export type Driver = (typeof DRIVERS)[number];

export interface OpenedStore {
  readonly store: SessionStore;
  /** Closes what was opened for the store; the store itself is closed by whoever runs it. */
  close(): Promise<void>;
}

/** A new, empty store of the driver. */
export function openStore(driver: Driver): OpenedStore {
  if (driver === 'memory') return { store: memoryStore(), close: () => Promise.resolve() };
  const client = openRedis();
  return {
    store: redisStore(client, { prefix: freshPrefix() }),
    close: async () => {
      await client.quit();
    },
  };
}

/** Passes every call on to `store`, but for those that `instead` answers. */
export const withInstead = (store: SessionStore, instead: Partial<SessionStore>): SessionStore =>
  new Proxy(store, {
    get(target, name) {
      const own: unknown = Reflect.get(instead, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });

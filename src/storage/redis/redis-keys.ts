import type { SessionId } from '../../core/ids.js';
import { userKey, type User } from '../../core/user.js';

/** The keys of one shard. Scripts that walk an index build further ones from `prefix`. */
export interface ShardKeys {
  readonly prefix: string;
  readonly epoch: string;
  readonly lastEnding: string;
  readonly expiry: string;
  readonly created: string;
  readonly counts: string;
  readonly outbox: string;
  readonly outboxBytes: string;
  readonly anchor: string;
  readonly session: (id: SessionId) => string;
  readonly userIndex: (user: User) => string;
  readonly block: (user: User) => string;
  readonly marker: (eventId: string) => string;
}

/**
 * The braces are a Cluster hash tag: keys of one shard share a slot, so that one script may
 * change them together.
 */
export const shardPrefixOf = (prefix: string, shard: number): string => `${prefix}:{${shard}}:`;

export const epochKey = (shardPrefix: string): string => `${shardPrefix}epoch`;

export const sessionKey = (shardPrefix: string, id: SessionId): string => `${shardPrefix}s:${id}`;

export function shardKeys(prefix: string, shard: number): ShardKeys {
  const shardPrefix = shardPrefixOf(prefix, shard);
  return {
    prefix: shardPrefix,
    epoch: epochKey(shardPrefix),
    lastEnding: `${shardPrefix}end`,
    expiry: `${shardPrefix}x`,
    created: `${shardPrefix}c`,
    counts: `${shardPrefix}n`,
    outbox: `${shardPrefix}out`,
    outboxBytes: `${shardPrefix}outbytes`,
    anchor: `${shardPrefix}anchor`,
    session: (id) => sessionKey(shardPrefix, id),
    userIndex: (user) => `${shardPrefix}u:${userKey(user)}`,
    block: (user) => `${shardPrefix}b:${userKey(user)}`,
    marker: (eventId) => `${shardPrefix}op:${eventId}`,
  };
}

/** Where scripts send what others should know of at once; on a Cluster, a sharded channel. */
export const pushChannel = (prefix: string, shard: number): string =>
  `${shardPrefixOf(prefix, shard)}push`;

/** How everything under the prefix is laid out. */
export const metaKey = (prefix: string): string => `${prefix}:meta`;

/** Of no shard: each counter may be in another slot. */
export const counterKey = (prefix: string, limit: string, key: string): string =>
  `${prefix}:t:${limit}:${key}`;

export const noteKey = (prefix: string, name: string): string =>
  `${shardPrefixOf(prefix, 0)}note:${name}`;

export const leaseKey = (prefix: string, name: string): string =>
  `${shardPrefixOf(prefix, 0)}l:${name}`;

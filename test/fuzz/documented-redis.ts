import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { shardOfSession, type SessionId } from '../../src/core/ids.js';
import { shardOfUser } from '../../src/core/user.js';
import { documentedPermissions } from '../support/launcher/index.mjs';
import { requireThat } from './domain.js';

const PAGE = readFileSync(new URL('../../docs/storage-layout.md', import.meta.url), 'utf8');

/** Makes a user who may do, under the prefix, what the page says that the store needs. */
export async function addDocumentedUser(admin: Redis, prefix: string): Promise<void> {
  await admin.acl('SETUSER', prefix, 'on', '>password', ...documentedPermissions(`${prefix}:*`));
}

/** What a part of a key may be, by the name that the page has for it. */
const PARTS: Readonly<Record<string, string>> = {
  n: String.raw`(?<shard>\d{1,5})`,
  '<id>': '(?<id>[A-Za-z0-9_-]{24})',
  '<user>': '(?<user>[^\\p{Cc}]{4,514})',
  '<event id>': '[A-Za-z0-9_-]{22}',
};
/** Printable ASCII without spaces or braces. */
const OTHER_PART = '[!-z|~]{1,128}';

const LAYOUT: readonly RegExp[] = [...PAGE.matchAll(/^\| `gh:([^`]+)` /gm)].map(
  ([, key = '']) => new RegExp(`^${patternOf(key)}$`, 'u'),
);

function patternOf(key: string): string {
  return key
    .replaceAll(/[{}]/g, String.raw`\$&`)
    .replaceAll(/<[^>]+>|(?<=\{)n(?=\\\})/g, (part) => PARTS[part] ?? OTHER_PART);
}

/** @throws Violation for a key that the page does not have, or of another shard than its name says */
export function requireDocumented(key: Buffer, prefixes: Iterable<string>, shards: number): void {
  const text = key.toString();
  requireThat(Buffer.from(text).equals(key), `keys are UTF-8: ${JSON.stringify(text)}`);
  const prefix = [...prefixes].find((one) => text.startsWith(`${one}:`));
  requireThat(prefix !== undefined, `keys begin with their prefix: ${JSON.stringify(text)}`);
  const rest = text.slice(prefix.length + 1);
  const match = LAYOUT.map((pattern) => pattern.exec(rest)).find((found) => found !== null);
  requireThat(match !== undefined, `keys are as documented: ${JSON.stringify(text)}`);
  const { shard, id, user } = match?.groups ?? {};
  if (shard === undefined) return;
  requireThat(Number(shard) < shards, `keys are in a shard that there is: ${text}`);
  if (id) requireThat(shardOfSession(id as SessionId) === Number(shard), `in its shard: ${text}`);
  if (user) requireThat(shardOfUserKey(user, shards) === Number(shard), `in its shard: ${text}`);
}

/** @throws Violation for a key that takes none or several users apart */
function shardOfUserKey(text: string, shards: number): number {
  const [, length = '', rest = ''] = /^(\d{1,3}):(.*)$/su.exec(text) ?? [];
  const bytes = Buffer.from(rest);
  const tenantId = bytes.subarray(0, Number(length)).toString();
  const userId = bytes.subarray(Number(length) + 1).toString();
  requireThat(`${tenantId}:${userId}` === rest && userId !== '', `a key names one user: ${text}`);
  return shardOfUser({ tenantId, userId }, shards);
}

/** Every key of the server. */
export async function keysOf(redis: Redis): Promise<readonly Buffer[]> {
  const found: Buffer[] = [];
  let cursor = '0';
  do {
    const [next, keys] = await redis.scanBuffer(cursor, 'COUNT', 1_000);
    cursor = next.toString();
    found.push(...keys);
  } while (cursor !== '0');
  return found;
}

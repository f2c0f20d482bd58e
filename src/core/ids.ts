import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

declare const brand: unique symbol;
type Brand<Name extends string> = string & { readonly [brand]: Name };

/** Secret in the browser's cookie. Changes on rotation; never stored, logged or listed. */
export type SessionToken = Brand<'SessionToken'>;
/** What the store keeps of a token: SHA-256 of its secret, base64url. */
export type TokenHash = Brand<'TokenHash'>;
/** Public name of a session. Survives rotation; safe in logs, URLs and audit rows. */
export type SessionId = Brand<'SessionId'>;

/** A well-formed token taken apart. That it is well-formed says nothing about its being ours. */
export interface ParsedToken {
  readonly token: SessionToken;
  readonly sessionId: SessionId;
  readonly shard: number;
  readonly generation: number;
  readonly tokenHash: TokenHash;
}

const SHARD_BYTES = 2;
const ID_RANDOM_BYTES = 16;
const GENERATION_BYTES = 4;
const SECRET_BYTES = 32;
const EVENT_ID_BYTES = 16;

/**
 * Every part is a multiple of three bytes once joined, so base64url needs no padding, each value
 * has one spelling only, and a token's first 24 characters are its session id.
 */
const SESSION_ID_FORMAT = /^[A-Za-z0-9_-]{24}$/;
const SESSION_TOKEN_FORMAT = /^[A-Za-z0-9_-]{72}$/;
const ID_LENGTH = 24;

/** The largest number of shards an id has room for. */
export const MAX_SHARDS = 2 ** (8 * SHARD_BYTES);

/** A new name in `shard`, with 128 random bits (OWASP ASVS 5.0, 7.2.3). */
export const newSessionId = (shard: number): SessionId =>
  composeSessionId(shard, randomBytes(ID_RANDOM_BYTES));

/** A new token of a session, with a secret of 256 random bits. */
export const newSessionToken = (id: SessionId, generation: number): SessionToken =>
  composeSessionToken(id, generation, randomBytes(SECRET_BYTES));

/** For ids that must be derived, not drawn: `random` has at least 16 bytes; the first 16 count. */
export function composeSessionId(shard: number, random: Uint8Array): SessionId {
  const bytes = Buffer.alloc(SHARD_BYTES + ID_RANDOM_BYTES);
  bytes.writeUInt16BE(shard, 0);
  bytes.set(random.subarray(0, ID_RANDOM_BYTES), SHARD_BYTES);
  return bytes.toString('base64url') as SessionId;
}

/** For tokens that must be derived, not drawn: `secret` has exactly 32 bytes. */
export function composeSessionToken(
  id: SessionId,
  generation: number,
  secret: Uint8Array,
): SessionToken {
  const tail = Buffer.alloc(GENERATION_BYTES + SECRET_BYTES);
  tail.writeUInt32BE(generation, 0);
  tail.set(secret.subarray(0, SECRET_BYTES), GENERATION_BYTES);
  return `${id}${tail.toString('base64url')}` as SessionToken;
}

/** Checks length and alphabet before anything else looks at the text. */
export function parseSessionToken(text: string): ParsedToken | undefined {
  if (!SESSION_TOKEN_FORMAT.test(text)) return undefined;
  const sessionId = sessionIdOf(text as SessionToken);
  const tail = Buffer.from(text.slice(ID_LENGTH), 'base64url');
  return {
    token: text as SessionToken,
    sessionId,
    shard: shardOfSession(sessionId),
    generation: tail.readUInt32BE(0),
    tokenHash: hashSecret(tail.subarray(GENERATION_BYTES)),
  };
}

/** Undefined for anything that no session of ours can be called. */
export const parseSessionId = (text: string): SessionId | undefined =>
  SESSION_ID_FORMAT.test(text) ? (text as SessionId) : undefined;

export const sessionIdOf = (token: SessionToken): SessionId =>
  token.slice(0, ID_LENGTH) as SessionId;

/** Asked of thousands of ids a second, so without a buffer: its 16 bits are in the first three characters. */
export const shardOfSession = (id: SessionId): number =>
  (sextetAt(id, 0) << 10) | (sextetAt(id, 1) << 4) | (sextetAt(id, 2) >> 2);

export function tokenHashOf(token: SessionToken): TokenHash {
  const tail = Buffer.from(token.slice(ID_LENGTH), 'base64url');
  return hashSecret(tail.subarray(GENERATION_BYTES));
}

/** Constant-time; `undefined` equals nothing. */
export const sameTokenHash = (left: TokenHash, right: TokenHash | undefined): boolean =>
  right !== undefined &&
  left.length === right.length &&
  timingSafeEqual(Buffer.from(left), Buffer.from(right));

/** Name of one attempt at one change, and of the audit event it leaves. */
export const newEventId = (): string => randomBytes(EVENT_ID_BYTES).toString('base64url');

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const SEXTETS = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(BASE64URL.indexOf(String.fromCharCode(code)), 0),
);

/** What the character at `position` stands for; 0 for one that no id has. */
const sextetAt = (id: SessionId, position: number): number => SEXTETS[id.charCodeAt(position)] ?? 0;

const hashSecret = (secret: Uint8Array): TokenHash =>
  createHash('sha256').update(secret).digest('base64url') as TokenHash;

import { LRUCache } from 'lru-cache';
import { hash } from 'node:crypto';
import type { ParsedToken, SessionToken } from '../core/ids.js';

const MAX_REMEMBERED = 10_000;
/** What a signed token looks like in a Cookie header, as we write it. */
const SIGNED_TOKEN = /^s%3A([\w-]{72})\./;
const PREFIX_LENGTH = 's%3A'.length;
const TOKEN_LENGTH = 72;

type KnownToken = Omit<ParsedToken, 'token'>;

/**
 * What came of cookie values whose signature has been verified before, so that it need not be
 * computed again. A value is told by its SHA-256, which costs a fraction of the HMAC and is as hard
 * to hit with another value as the token's own hash; neither a value nor a secret is kept. Only
 * values that are well signed get in, so nobody can fill it but with sessions of their own.
 */
export class VerifiedTokens {
  private readonly known = new LRUCache<string, KnownToken>({ max: MAX_REMEMBERED });

  /** `value` is as it stands in the header. Undefined: verify it. */
  find(value: string): ParsedToken | undefined {
    const known = this.known.get(digestOf(value));
    return known && { token: tokenIn(value), ...known };
  }

  /** Only a value that is written as ours are is remembered. */
  remember(value: string, { token, ...known }: ParsedToken): void {
    if (SIGNED_TOKEN.exec(value)?.[1] === token) this.known.set(digestOf(value), known);
  }
}

const digestOf = (value: string): string => hash('sha256', value, 'base64url');

const tokenIn = (value: string): SessionToken =>
  value.slice(PREFIX_LENGTH, PREFIX_LENGTH + TOKEN_LENGTH) as SessionToken;

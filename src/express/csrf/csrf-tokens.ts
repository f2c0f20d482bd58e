import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SessionId } from '../../core/ids.js';

const NONCE_BYTES = 16;
const PURPOSE = 'nestjs-gatehouse csrf token';
const FORMAT = /^([\w-]{22})\.([\w-]{43})$/;

/**
 * Tokens that only the pages of one session know: an HMAC of the session id and a nonce (OWASP
 * Cross-Site Request Forgery Prevention Cheat Sheet, HMAC-based tokens). Each is different, so
 * that a compressed answer betrays none (BREACH), and none has to be stored. The id outlives
 * rotations, so a page that is open goes on working; a login has another one.
 */
export class CsrfTokens {
  private readonly keys: readonly Buffer[];

  /** The first secret signs, all verify. */
  constructor(secrets: readonly string[]) {
    this.keys = secrets.map((secret) => createHmac('sha256', secret).update(PURPOSE).digest());
  }

  issue(id: SessionId): string {
    const nonce = randomBytes(NONCE_BYTES).toString('base64url');
    return `${nonce}.${signatureOf(this.keys[0]!, id, nonce).toString('base64url')}`;
  }

  verify(token: string, id: SessionId): boolean {
    const [, nonce, signature] = FORMAT.exec(token) ?? [];
    if (nonce === undefined || signature === undefined) return false;
    const presented = Buffer.from(signature, 'base64url');
    return this.keys.some((key) => timingSafeEqual(presented, signatureOf(key, id, nonce)));
  }
}

/** Both parts are of fixed length, so nothing can move from one to the other. */
const signatureOf = (key: Buffer, id: SessionId, nonce: string): Buffer =>
  createHmac('sha256', key).update(`${id}.${nonce}`).digest();

import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import {
  composeSessionId,
  composeSessionToken,
  shardOfSession,
  type SessionId,
  type SessionToken,
} from '../ids.js';
import { shardOfUser, type User } from '../user.js';

const KEY_LABEL = 'nestjs-gatehouse session adoption';
const KEY_BYTES = 32;

/**
 * Names and secrets that every process derives alike from a legacy session's id, so that adopting
 * it twice is adopting it once. The key is HKDF-SHA256 of the application's secret under a label
 * of its own; without the secret nothing here can be told from random bits.
 */
export class AdoptionIds {
  private readonly key: Buffer;

  constructor(secret: Buffer | string) {
    this.key = Buffer.from(hkdfSync('sha256', secret, '', KEY_LABEL, KEY_BYTES));
  }

  /** In the shard of its user, like any session; an anonymous one is spread by its own hash. */
  sessionId(legacyId: string, user: User | undefined, shards: number): SessionId {
    const digest = this.digest('id', legacyId);
    return composeSessionId(
      user ? shardOfUser(user, shards) : shardOfDigest(digest, shards),
      digest,
    );
  }

  /** The first token of the session that a legacy one is adopted as. */
  token(legacyId: string, sessionId: SessionId): SessionToken {
    return composeSessionToken(sessionId, 0, this.digest('secret', legacyId));
  }

  /** Under which it is remembered for a while where a settled legacy session went. */
  traceId(legacyId: string, shards: number): SessionId {
    const digest = this.digest('trace', legacyId);
    return composeSessionId(shardOfDigest(digest, shards), digest);
  }

  /** Whether the session was adopted from this legacy id, in whichever shard. Constant-time. */
  isAdopted(sessionId: SessionId, legacyId: string): boolean {
    const derived = composeSessionId(shardOfSession(sessionId), this.digest('id', legacyId));
    return timingSafeEqual(Buffer.from(derived), Buffer.from(sessionId));
  }

  private digest(purpose: 'id' | 'secret' | 'trace', legacyId: string): Buffer {
    return createHmac('sha256', this.key).update(`${purpose}:${legacyId}`).digest();
  }
}

/** From bytes that the session id does not use. */
const shardOfDigest = (digest: Buffer, shards: number): number => digest.readUInt32BE(28) % shards;

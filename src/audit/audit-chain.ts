import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import type { AuditAnchor } from '../core/audit/audit-anchor.js';
import type { JsonValue } from '../core/audit/audit-event.js';
import type { AuditCheckpointRow } from './audit-checkpoint-row.entity.js';
import type { AuditEventRow } from './audit-event-row.entity.js';
import type { AuditKey } from './audit-key-ring.js';
import { canonicalJson } from './canonical-json.js';

/**
 * How the chain is computed. Every digest is
 *
 *     base64url(HMAC-SHA256(key, canonicalJson([purpose, ...values])))
 *
 * under the key that `keyId` names. The purpose keeps one digest from being passed off as
 * another, and numbers the format. Absent values are `null`, which is not the empty text.
 *
 * - `personalDigest` covers the salt and the four personal values. Because it is keyed and
 *   salted, neither the row's text alone nor, once the salt is gone, the key alone lets anybody
 *   try out whose row it was.
 * - `hash` covers every other column, `personalDigest` and the hash of the row before; not the
 *   salt and not the personal values, so that these can be replaced without breaking the chain.
 */
const PURPOSE = {
  personal: 'gatehouse.audit.personal.1',
  row: 'gatehouse.audit.row.1',
  checkpoint: 'gatehouse.audit.checkpoint.1',
} as const;

const SALT_BYTES = 16;

/** Where a chain ends for now. */
export type ChainTip = AuditAnchor;

/** The tip of a chain without rows. */
export const GENESIS: ChainTip = { chainSeq: 0, hash: '' };

type ChainColumns =
  'chain' | 'chainSeq' | 'keyId' | 'personalDigest' | 'personalSalt' | 'previousHash' | 'hash';

/** A row before it has its place in the chain. */
export type UnchainedRow = Omit<AuditEventRow, ChainColumns>;

/** All at once, because each call for random bytes costs more than a row's HMACs. */
function newSalts(count: number): readonly string[] {
  const bytes = randomBytes(count * SALT_BYTES);
  return Array.from({ length: count }, (_, index) =>
    bytes.toString('base64url', index * SALT_BYTES, (index + 1) * SALT_BYTES),
  );
}

/** Puts rows behind the tip, in their order. */
export function chainRows(
  chain: number,
  tip: ChainTip,
  rows: readonly UnchainedRow[],
  key: AuditKey,
): readonly AuditEventRow[] {
  let { chainSeq, hash } = tip;
  const salts = newSalts(rows.length);
  return rows.map((row, index) => {
    const salted = { ...row, personalSalt: salts[index]! };
    const unsealed = {
      ...salted,
      chain,
      chainSeq: (chainSeq += 1),
      keyId: key.keyId,
      personalDigest: personalDigestOf(salted, key),
      previousHash: hash,
    };
    hash = rowHashOf(unsealed, key);
    return { ...unsealed, hash };
  });
}

export const personalDigestOf = (
  row: Pick<AuditEventRow, 'personalSalt' | 'userId' | 'ip' | 'userAgent' | 'details'>,
  key: AuditKey,
): string =>
  digest(key, [PURPOSE.personal, row.personalSalt, row.userId, row.ip, row.userAgent, row.details]);

export const rowHashOf = (row: Omit<AuditEventRow, 'hash'>, key: AuditKey): string =>
  digest(key, [
    PURPOSE.row,
    row.chain,
    row.chainSeq,
    row.eventId,
    row.type,
    row.occurredAt,
    row.recordedAt,
    row.outcome,
    row.reason,
    row.initiator,
    row.actorId,
    row.tenantId,
    row.sessionId,
    row.requestId,
    row.methods,
    row.keyId,
    row.personalDigest,
    row.previousHash,
  ]);

export const checkpointHmacOf = (row: Omit<AuditCheckpointRow, 'hmac'>, key: AuditKey): string =>
  digest(key, [
    PURPOSE.checkpoint,
    row.chain,
    row.upToSeq,
    row.hash,
    row.purgedCount,
    row.at,
    row.keyId,
  ]);

const digest = (key: AuditKey, values: readonly JsonValue[]): string =>
  createHmac('sha256', keyObjectOf(key)).update(canonicalJson(values)).digest('base64url');

const keyObjects = new WeakMap<AuditKey, KeyObject>();

/** Made once a key: two digests a row are computed with it. */
function keyObjectOf(key: AuditKey): KeyObject {
  const known = keyObjects.get(key);
  if (known !== undefined) return known;
  const made = createSecretKey(Buffer.from(key.key));
  keyObjects.set(key, made);
  return made;
}

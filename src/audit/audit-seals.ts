import { checkpointHmacOf, personalDigestOf, rowHashOf } from './audit-chain.js';
import type { AuditCheckpointRow } from './audit-checkpoint-row.entity.js';
import type { AuditEventRow } from './audit-event-row.entity.js';
import type { AuditKey, AuditKeyRing } from './audit-key-ring.js';

/** How far from its place a row is looked for, in both directions. */
export const SEAL_REACH = 500;

/** Tells what was written by somebody with one of the keys. */
export class AuditSeals {
  private readonly keys: ReadonlyMap<string, AuditKey>;

  constructor(ring: AuditKeyRing) {
    this.keys = new Map(ring.map((key) => [key.keyId, key]));
  }

  knowsKeyOf({ keyId }: Pick<AuditEventRow, 'keyId'>): boolean {
    return this.keys.has(keyId);
  }

  /** All but the personal values. */
  isGenuine(row: AuditEventRow): boolean {
    const key = this.keys.get(row.keyId);
    return key !== undefined && rowHashOf(row, key) === row.hash;
  }

  isPersonalGenuine(row: AuditEventRow): boolean {
    const key = this.keys.get(row.keyId);
    return key !== undefined && personalDigestOf(row, key) === row.personalDigest;
  }

  isGenuineCheckpoint(checkpoint: AuditCheckpointRow): boolean {
    const key = this.keys.get(checkpoint.keyId);
    return key !== undefined && checkpointHmacOf(checkpoint, key) === checkpoint.hmac;
  }

  /** The number near its own under which the row would be genuine. */
  placeOf(row: Pick<AuditEventRow, keyof AuditEventRow>): number | undefined {
    for (let distance = 1; distance <= SEAL_REACH; distance += 1)
      for (const chainSeq of [row.chainSeq + distance, row.chainSeq - distance])
        if (this.isGenuine({ ...row, chainSeq })) return chainSeq;
    return undefined;
  }
}

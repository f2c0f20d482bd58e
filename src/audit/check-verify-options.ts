import { SessionInputInvalidError } from '../core/errors.js';
import { MAX_SHARDS } from '../core/ids.js';
import type { AuditHead, AuditVerifyOptions } from './audit-verification.js';

const MAX_HASH = 64;

/** @throws SessionInputInvalidError */
export function checkVerifyOptions({ heads = [], maxFindings = 1 }: AuditVerifyOptions): void {
  if (!Number.isSafeInteger(maxFindings) || maxFindings < 1)
    throw new SessionInputInvalidError('maxFindings', 'must be a whole number from 1 on');
  if (!Array.isArray(heads)) throw new SessionInputInvalidError('heads', 'must be a list');
  heads.forEach((head: unknown, index) => {
    if (!isHead(head))
      throw new SessionInputInvalidError(
        `heads[${index}]`,
        'must have a chain, a chainSeq and a hash, as an earlier verification gave them',
      );
  });
}

function isHead(value: unknown): value is AuditHead {
  if (typeof value !== 'object' || value === null) return false;
  const { chain, chainSeq, hash } = value as Partial<Record<keyof AuditHead, unknown>>;
  const isPlace = isWithin(chain, 0, MAX_SHARDS - 1) && isWithin(chainSeq, 1, Infinity);
  return isPlace && typeof hash === 'string' && hash.length <= MAX_HASH;
}

const isWithin = (value: unknown, min: number, max: number): boolean =>
  Number.isSafeInteger(value) && min <= Number(value) && Number(value) <= max;

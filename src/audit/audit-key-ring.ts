import { SessionConfigInvalidError } from '../core/errors.js';
import { optionsIn, requireOption } from '../core/require-option.js';

/** A secret of at least 32 bytes that the audit chain is keyed with; a text counts in UTF-8. */
export interface AuditKey {
  /** Stored with every row: letters, digits, `.`, `_` and `-`, at most 64. */
  readonly keyId: string;
  readonly key: string | Uint8Array;
}

/** The first key signs; all of them verify. */
export type AuditKeyRing = readonly [AuditKey, ...AuditKey[]];

/**
 * Without keys: everybody can compute the hashes, so the chain shows accidents and not tampering.
 * Its rows say so by this key id.
 */
export const UNKEYED: AuditKey = { keyId: 'none', key: '' };

const MIN_KEY_BYTES = 32;
const KEY_ID_FORMAT = /^[\w.-]{1,64}$/;

/** @throws SessionConfigInvalidError */
export function resolveKeyRing(keys: readonly AuditKey[] | undefined): AuditKeyRing {
  const isList = keys === undefined || Array.isArray(keys);
  requireOption(isList, 'keys', 'must be a list of keys');
  const [first, ...others] = keys ?? [UNKEYED];
  if (first === undefined) throw new SessionConfigInvalidError('keys', 'must not be empty');
  keys?.forEach(checkKey);
  const ring: AuditKeyRing = [first, ...others];
  if (new Set(ring.map(({ keyId }) => keyId)).size < ring.length)
    throw new SessionConfigInvalidError('keys', 'must have a different keyId each');
  return Object.freeze(ring);
}

function checkKey(auditKey: AuditKey, index: number): void {
  const { keyId, key } = optionsIn(`keys[${index}]`, auditKey);
  if (typeof keyId !== 'string' || !KEY_ID_FORMAT.test(keyId) || keyId === UNKEYED.keyId)
    throw new SessionConfigInvalidError(
      `keys[${index}].keyId`,
      `must be 1 to 64 of letters, digits, ".", "_" and "-", and not "${UNKEYED.keyId}"`,
      keyId,
    );
  const isKey = typeof key === 'string' || key instanceof Uint8Array;
  if (!isKey || Buffer.byteLength(key) < MIN_KEY_BYTES)
    throw new SessionConfigInvalidError(
      `keys[${index}].key`,
      `must have at least ${MIN_KEY_BYTES} bytes`,
    );
}

import { createSecretKey, type KeyObject } from 'node:crypto';
import { SessionConfigInvalidError } from '../errors.js';
import { optionsIn, requireOption, requireSwitch } from '../require-option.js';

/** A secret that session data are encrypted with (AES-256). */
export interface DataKey {
  /** Stored with every value: letters, digits, `.`, `_` and `-`, at most 64. */
  readonly keyId: string;
  /** 32 random bytes, as they are or as base64 text. */
  readonly key: string | Uint8Array;
}

/** How session data are kept from whoever can read the store. */
export interface DataEncryptionOptions {
  /** The first encrypts, all decrypt. */
  readonly keys: readonly DataKey[];
  /**
   * Reads values that were stored before encryption was turned on; each is encrypted when it is
   * next written. Whoever writes to the store can then make data up. Default: false.
   */
  readonly acceptPlaintext?: boolean;
}

export interface DataKeyRing {
  readonly currentKeyId: string;
  readonly keys: ReadonlyMap<string, KeyObject>;
  readonly acceptPlaintext: boolean;
}

const KEY_BYTES = 32;
const KEY_ID_FORMAT = /^[\w.-]{1,64}$/;
/** 32 bytes in base64, or in base64url. */
const KEY_FORMAT = /^(?:[A-Za-z0-9+/]{43}=?|[\w-]{43}=?)$/;
const OPTION = 'dataEncryption';

/** No message tells a key. @throws SessionConfigInvalidError */
export function resolveDataKeyRing(options: DataEncryptionOptions): DataKeyRing {
  const { keys = [], acceptPlaintext = false } = optionsIn(OPTION, options);
  requireOption(Array.isArray(keys), `${OPTION}.keys`, 'must be a list of keys');
  const [first] = keys;
  if (first === undefined)
    throw new SessionConfigInvalidError(`${OPTION}.keys`, 'must hold at least one key');
  requireSwitch(`${OPTION}.acceptPlaintext`, acceptPlaintext);
  const ring = new Map(keys.map(checkedKey));
  requireOption(ring.size === keys.length, `${OPTION}.keys`, 'must have a different keyId each');
  return { currentKeyId: first.keyId, keys: ring, acceptPlaintext };
}

function checkedKey(dataKey: DataKey, index: number): readonly [string, KeyObject] {
  const { keyId, key } = optionsIn(`${OPTION}.keys[${index}]`, dataKey);
  if (typeof keyId !== 'string' || !KEY_ID_FORMAT.test(keyId))
    throw new SessionConfigInvalidError(
      `${OPTION}.keys[${index}].keyId`,
      'must be 1 to 64 of letters, digits, ".", "_" and "-"',
      keyId,
    );
  const bytes = bytesOf(key);
  if (bytes?.length !== KEY_BYTES)
    throw new SessionConfigInvalidError(
      `${OPTION}.keys[${index}].key`,
      `must be ${KEY_BYTES} bytes, or their base64`,
    );
  return [keyId, createSecretKey(bytes)];
}

function bytesOf(key: unknown): Uint8Array | undefined {
  if (key instanceof Uint8Array) return key;
  return typeof key === 'string' && KEY_FORMAT.test(key) ? Buffer.from(key, 'base64') : undefined;
}

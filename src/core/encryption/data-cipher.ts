import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { DataKeyRing } from './data-key-ring.js';
import { SessionDataUnreadableError } from '../errors.js';
import type { SessionId } from '../ids.js';
import type { SessionData } from '../session-record.js';

const ALGORITHM = 'aes-256-gcm';
/** Of this length a random nonce needs no further thought (NIST SP 800-38D, 8.2.2). */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** No JSON text begins with this letter, so a value is encrypted or it is not: nobody has to guess. */
const FORMAT = 'e1';
const ENCRYPTED = /^e1:([\w.-]{1,64}):([\w-]+)$/;

/**
 * Encrypts one value at a time (AES-256-GCM, a random nonce each). Session id and name of the value
 * are authenticated with it, so a value means nothing in another session or under another name.
 * Names and lengths stay in clear.
 */
export class DataCipher {
  constructor(private readonly ring: DataKeyRing) {}

  /** Whether the key in use may not be the only one that stored values need. */
  get isChanging(): boolean {
    return this.ring.acceptPlaintext || this.ring.keys.size > 1;
  }

  /** The values that are not encrypted with the key in use, encrypted with it. @throws SessionDataUnreadableError */
  renewed(id: SessionId, data: SessionData): SessionData {
    const current = `${FORMAT}:${this.ring.currentKeyId}:`;
    const older = Object.entries(data).filter(([, stored]) => !stored.startsWith(current));
    return this.encryptAll(id, this.decryptAll(id, Object.fromEntries(older)));
  }

  encryptAll(id: SessionId, data: SessionData): SessionData {
    return mapped(data, (name, text) => this.encrypt(id, name, text));
  }

  /** @throws SessionDataUnreadableError if any value cannot be read; there is no half of the data */
  decryptAll(id: SessionId, data: SessionData): SessionData {
    return mapped(data, (name, stored) => this.decrypt(id, name, stored));
  }

  private encrypt(id: SessionId, name: string, text: string): string {
    const { currentKeyId, keys } = this.ring;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, keys.get(currentKeyId)!, nonce);
    cipher.setAAD(contextOf(currentKeyId, id, name));
    const sealed = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return `${FORMAT}:${currentKeyId}:${Buffer.concat(sealed).toString('base64url')}`;
  }

  private decrypt(id: SessionId, name: string, stored: string): string {
    const [, keyId, sealed] = ENCRYPTED.exec(stored) ?? [];
    if (keyId === undefined || sealed === undefined) return this.plaintext(id, stored);
    const key = this.ring.keys.get(keyId);
    if (!key) throw new SessionDataUnreadableError(id, 'unknown-key', keyId);
    const bytes = Buffer.from(sealed, 'base64url');
    const tagAt = bytes.length - TAG_BYTES;
    try {
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(contextOf(keyId, id, name));
      decipher.setAuthTag(bytes.subarray(tagAt));
      const text = decipher.update(bytes.subarray(NONCE_BYTES, tagAt));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch {
      throw new SessionDataUnreadableError(id, 'not-authentic', keyId);
    }
  }

  private plaintext(id: SessionId, stored: string): string {
    if (this.ring.acceptPlaintext && !stored.startsWith(FORMAT)) return stored;
    throw new SessionDataUnreadableError(id, 'not-encrypted');
  }
}

/** Unambiguous: of the parts only the last may hold a colon. */
const contextOf = (keyId: string, id: SessionId, name: string): Buffer =>
  Buffer.from(`${FORMAT}:${keyId}:${id}:${name}`);

const mapped = (data: SessionData, change: (name: string, text: string) => string): SessionData =>
  Object.fromEntries(Object.entries(data).map(([name, text]) => [name, change(name, text)]));

import type { SessionId } from '../../core/ids.js';
import type { StoredSession } from '../../core/session-record.js';
import { unpackSession } from './session-packing.js';

/** What the caller of a read has found before. */
export type KnownSession = (id: SessionId) => StoredSession | undefined;

/** Where a record keeps what it was read from; not to be seen by who looks at what it holds. */
const ORIGIN = Symbol('origin');

interface Origin {
  readonly key: string;
  readonly bytes: Buffer;
}

type ReadSession = StoredSession & { readonly [ORIGIN]?: Origin };

/**
 * One session to be read. Of one that is known and has not changed, which is what most are that
 * are read again and again, the record is not unpacked anew, nor its key spelled. Both are
 * kept with it: at thousands of records a second, looking them up takes longer than comparing them.
 */
export class RecordRead {
  readonly key: string;
  private readonly before: ReadSession | undefined;

  constructor(
    readonly id: SessionId,
    keyOf: (id: SessionId) => string,
    private readonly known: KnownSession | undefined,
  ) {
    this.before = known?.(id);
    this.key = this.before?.[ORIGIN]?.key ?? keyOf(id);
  }

  unpack(bytes: Buffer): StoredSession {
    const { id, key, before } = this;
    if (before?.[ORIGIN]?.bytes.equals(bytes)) return before;
    const session = unpackSession(id, bytes);
    if (this.known === undefined) return session;
    // Copies: the bytes are a part of all that came with them, and the key is a chain of its parts.
    const origin: Origin = { key: Buffer.from(key).toString(), bytes: Buffer.from(bytes) };
    return Object.defineProperty(session, ORIGIN, { value: origin });
  }
}

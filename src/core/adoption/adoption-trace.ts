import type { AdoptionIds } from './adoption-ids.js';
import { tokenHashOf, type SessionId } from '../ids.js';
import type { Operations } from '../operations.js';
import { decodeData, encodeData } from '../session-data.js';
import type { SessionOptions } from '../policy/session-options.js';
import { lapseOf } from '../policy/session-policy.js';
import type { NewSession, SessionStore } from '../session-store.js';

/**
 * Remembers for the straggler window where a legacy session went that has been removed since, so
 * that a late request with the legacy cookie alone is not taken for a stranger's, and given a
 * cookie that replaces the adopted session's. What remembers is an anonymous session that nobody
 * holds a token of.
 */
export class AdoptionTrace {
  constructor(
    private readonly ids: AdoptionIds,
    private readonly store: SessionStore,
    private readonly options: Pick<SessionOptions, 'stragglerWindowMs'>,
    private readonly operations: Operations,
  ) {}

  /** Repeating it does not lengthen the window. */
  async leave(legacyId: string, sessionId: SessionId): Promise<void> {
    const operation = this.operations.begin({ initiator: 'user' });
    const id = this.ids.traceId(legacyId, this.store.shards);
    const session: NewSession = {
      id,
      createdAt: operation.now,
      lastSeenAt: operation.now,
      absoluteExpiresAt: operation.now + this.options.stragglerWindowMs,
      idleTimeoutMs: this.options.stragglerWindowMs,
      tokenHash: tokenHashOf(this.ids.token(legacyId, id)),
      generation: 0,
      rotatedAt: operation.now,
      rotation: 'immediate',
      methods: [],
      device: {},
      data: encodeData({ sessionId }),
    };
    await this.store.create({ session }, operation);
  }

  async follow(legacyId: string): Promise<SessionId | undefined> {
    const found = await this.store.find(this.ids.traceId(legacyId, this.store.shards));
    if (found?.session.state !== 'active') return undefined;
    if (lapseOf(found.session, found.shardEpoch, this.operations.now())) return undefined;
    return decodeData(found.session.data)['sessionId'] as SessionId;
  }
}

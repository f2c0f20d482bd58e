import { Unpackr } from 'msgpackr';
import type { SessionId } from '../../core/ids.js';
import type { EndedSession, StoreMessage } from '../../core/session-store.js';

/** What `includes/push.lua` packs. Keys that are not known here are for later versions. */
interface PackedMessage {
  /** endings: id, state, reason and, of a user's session, tenantId and userId */
  readonly e?: readonly PackedEnding[];
  /** present where an epoch began */
  readonly p?: number;
  /** ids of live sessions that have changed */
  readonly c?: readonly SessionId[];
}

type PackedEnding = readonly [
  id: SessionId,
  state: EndedSession['state'],
  reason: string,
  tenantId?: string,
  userId?: string,
];

const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number' });

/** What a message of a shard's channel tells. Nothing, where it is none of ours: whoever may publish can send anything. */
export function messagesIn(shard: number, packed: Buffer): readonly StoreMessage[] {
  try {
    const { e: endings, p: epoch, c: ids } = unpackr.unpack(packed) as PackedMessage;
    return [
      ...(endings ? [{ type: 'ended', endings: endings.map(endingOf) } as const] : []),
      ...(epoch === undefined ? [] : [{ type: 'epoch', shard } as const]),
      ...(Array.isArray(ids) ? [{ type: 'changed', ids } as const] : []),
    ];
  } catch {
    return [];
  }
}

/** Those ended, as a script answers with them. */
export const endingsIn = (packed: Buffer): readonly EndedSession[] =>
  (unpackr.unpack(packed) as readonly PackedEnding[]).map(endingOf);

const endingOf = ([id, state, reason, tenantId, userId]: PackedEnding): EndedSession => ({
  id,
  ...(userId !== undefined && { user: { tenantId: tenantId ?? '', userId } }),
  state,
  reason,
});

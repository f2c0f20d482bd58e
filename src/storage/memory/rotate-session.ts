import { sameTokenHash } from '../../core/ids.js';
import type { SessionRecord } from '../../core/session-record.js';
import type { Operation, RotateRequest, RotateResult } from '../../core/session-store.js';
import { factOf } from './audit-facts.js';
import type { MemoryShard } from './memory-shard.js';

export function rotateSession(
  shard: MemoryShard,
  request: RotateRequest,
  operation: Operation,
): RotateResult {
  const session = shard.live(request.id, operation);
  if (session === undefined) return { result: 'gone' };
  if (sameTokenHash(session.tokenHash, request.to)) return { result: 'rotated', session };
  if (!mayRotate(session, request)) return { result: 'lost', session };
  const rotated = shard.put({
    ...withNewToken(session, request, operation.now),
    ...renewal(request, operation.now),
    lastSeenAt: Math.max(session.lastSeenAt, operation.now),
  });
  recordRotation(shard, rotated, request, operation);
  return { result: 'rotated', session: rotated };
}

const mayRotate = (session: SessionRecord, request: RotateRequest): boolean =>
  sameTokenHash(request.from, session.tokenHash) &&
  (request.replaceUnconfirmed !== true ||
    (session.previousTokenHash !== undefined &&
      session.rotation === 'periodic' &&
      session.confirmedAt === undefined));

function withNewToken(
  session: SessionRecord,
  { to, kind, replaceUnconfirmed }: RotateRequest,
  now: number,
): SessionRecord {
  if (replaceUnconfirmed === true) return { ...session, tokenHash: to, rotatedAt: now };
  const { confirmedAt: _, ...rest } = session;
  return {
    ...rest,
    tokenHash: to,
    previousTokenHash: session.tokenHash,
    generation: session.generation + 1,
    rotatedAt: now,
    rotation: kind,
  };
}

const renewal = ({ reauthenticated }: RotateRequest, now: number): Partial<SessionRecord> =>
  reauthenticated === undefined
    ? {}
    : {
        authenticatedAt: now,
        methods: [...reauthenticated.methods],
        absoluteExpiresAt: reauthenticated.absoluteExpiresAt,
      };

function recordRotation(
  shard: MemoryShard,
  { id, user }: SessionRecord,
  { reauthenticated }: RotateRequest,
  operation: Operation,
): void {
  if (user === undefined) return;
  const fact =
    reauthenticated === undefined
      ? factOf('session.rotated', { user, id })
      : {
          ...factOf('session.reauthenticated', { user, id }),
          methods: reauthenticated.methods,
        };
  shard.record(fact, operation);
}

import { SessionInputInvalidError } from '../core/errors.js';
import { MAX_SHARDS } from '../core/ids.js';

/** A row's place in the order that audit pages have. */
export interface AuditPoint {
  readonly occurredAt: number;
  readonly chain: number;
  readonly chainSeq: number;
}

export const encodeCursor = ({ occurredAt, chain, chainSeq }: AuditPoint): string =>
  Buffer.from(`${occurredAt}.${chain}.${chainSeq}`).toString('base64url');

const CURSOR_FORMAT = /^(-?\d{1,16})\.(\d{1,5})\.(\d{1,16})$/;

/** Takes what `encodeCursor` made and nothing else. @throws SessionInputInvalidError */
export function decodeCursor(cursor: string): AuditPoint {
  const parts = CURSOR_FORMAT.exec(Buffer.from(cursor, 'base64url').toString());
  const [occurredAt, chain, chainSeq] = (parts ?? []).slice(1).map(Number);
  const point = { occurredAt: occurredAt ?? NaN, chain: chain ?? NaN, chainSeq: chainSeq ?? NaN };
  const isWhole = Object.values(point).every(Number.isSafeInteger);
  if (!isWhole || point.chain >= MAX_SHARDS || encodeCursor(point) !== cursor)
    throw new SessionInputInvalidError('cursor', 'must be the nextCursor of an earlier page');
  return point;
}

import { isSameAnchor, type AuditAnchor } from '../../core/audit/audit-anchor.js';
import type { Row } from './database.js';
import { integerIn, textIn } from './session-row.js';
import type { ShardClient } from './shard-client.js';
import { onConflict } from './spellings.js';
import { insertInto, sql, type Statement } from './sql.js';
import { anchors } from './tables.js';

export async function readAnchor(
  client: ShardClient,
  shard: number,
): Promise<AuditAnchor | undefined> {
  const statement = sql`select chain_seq, hash from ${anchors} where shard = ${shard}`;
  const [row] = await client.read('readAnchor', statement);
  return row && anchorOf(row);
}

/** Whether it stands at `to` now. */
export async function moveAnchor(
  client: ShardClient,
  shard: number,
  from: AuditAnchor | undefined,
  to: AuditAnchor,
): Promise<boolean> {
  const { rows } = await client.write('anchor', anchorStatement(shard, from, to));
  return isSameAnchor(to, anchorOf(rows[0]!));
}

/**
 * Answers what is noted then. The hash stands for the place too, and is set last, because an
 * assignment may see what the one before it has set.
 */
const anchorStatement = (
  shard: number,
  from: AuditAnchor | undefined,
  { chainSeq, hash }: AuditAnchor,
): Statement => {
  const isFrom = sql`${anchors}.hash = ${from?.hash ?? hash}`;
  return sql`
    ${insertInto(anchors, [{ shard, chain_seq: chainSeq, hash }])} ${onConflict('shard')}
    chain_seq = case when ${isFrom} then ${chainSeq} else ${anchors}.chain_seq end,
    hash = case when ${isFrom} then ${hash} else ${anchors}.hash end
    returning chain_seq, hash`;
};

const anchorOf = (row: Row): AuditAnchor => ({
  chainSeq: integerIn(row, 'chain_seq'),
  hash: textIn(row, 'hash'),
});

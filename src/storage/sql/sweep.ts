import type { SessionId } from '../../core/ids.js';
import type { Operation, SweepResult } from '../../core/session-store.js';
import { textIn } from './session-row.js';
import type { ShardClient } from './shard-client.js';
import { dueStatement, forgetOperations, forgetUsers, sweepSessions } from './sweep-shard.js';

interface SweepRequest {
  readonly shard: number;
  readonly budget: number;
  readonly operation: Operation;
}

/** Looks at no more than `budget` sessions, and forgets no more than that of anything else. */
export async function sweepShard(client: ShardClient, request: SweepRequest): Promise<SweepResult> {
  const swept = await sweepDue(client, request);
  const { shard, budget, operation } = request;
  const forgotten = [
    await client.write('sweep', forgetOperations(shard, operation.now, budget)),
    await client.write('sweep', forgetUsers(shard, operation.now, budget)),
  ];
  return { ...swept, more: swept.more || forgotten.some(({ affected }) => affected >= budget) };
}

/** Mostly nothing is due, and then there is no transaction. */
async function sweepDue(
  client: ShardClient,
  { shard, budget, operation }: SweepRequest,
): Promise<SweepResult> {
  const statement = dueStatement(shard, operation.now, budget + 1);
  const due = await client.read('sweep', statement, operation);
  if (due.length === 0)
    return (await client.recall('sweep', shard, operation)) ?? { ended: [], more: false };
  const ids = due.slice(0, budget).map((row) => textIn(row, 'id') as SessionId);
  return client.change('sweep', shard, operation, function* (change) {
    return { ended: yield* sweepSessions(change, ids), more: due.length > budget };
  });
}

import { jsonIn } from './session-row.js';
import type { ShardClient } from './shard-client.js';
import { onConflict } from './spellings.js';
import { insertInto, sql } from './sql.js';
import { operations } from './tables.js';

/** Notes stand among the answers of operations, which are kept for a while and swept alike. */
const SHARD = 0;

interface Note {
  readonly note: string;
}

export async function writeNote(
  client: ShardClient,
  name: string,
  text: string,
  ttlMs: number,
): Promise<void> {
  const note: Note = { note: text };
  const [reply, until] = [JSON.stringify(note), client.now() + ttlMs];
  await client.write(
    'writeNote',
    sql`
      ${insertInto(operations, [{ shard: SHARD, event_id: name, reply, expires_at: until }])}
      ${onConflict('shard, event_id')} reply = ${reply}, expires_at = ${until}`,
  );
}

export async function readNote(client: ShardClient, name: string): Promise<string | undefined> {
  const [row] = await client.read(
    'readNote',
    sql`
      select reply from ${operations}
      where shard = ${SHARD} and event_id = ${name} and expires_at > ${client.now()}`,
  );
  return row && (jsonIn(row, 'reply') as Note).note;
}

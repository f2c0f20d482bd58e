import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { AuditVerifier } from '../../src/audit/audit-verifier.js';
import { systemClock } from '../../src/core/clock.js';
import { redisStore } from '../../src/storage/redis/redis-store.js';
import { anOperation, someSettings } from '../../src/testing/builders.js';
import { eventually } from '../support/eventually.js';
import { freshPrefix, openRedis, redisUrl } from '../support/servers.js';
import { KEY, openAuditDatabase } from './audit-fixtures.js';

const PROGRAM = new URL('../support/audit-relay-process.ts', import.meta.url);
const RELAYS = 3;
const SHARDS = 2;
const EVENTS = 1_500;

async function startRelay(args: readonly string[]): Promise<ChildProcess> {
  const relay = fork(PROGRAM, args, {
    execArgv: ['--import', '@swc-node/register/esm-register'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(relay, 'message');
  return relay;
}

async function endOf(relay: ChildProcess): Promise<unknown> {
  const exit = once(relay, 'exit');
  relay.send('end');
  return (await exit)[0];
}

describe('relays in processes of their own, on one Redis and one PostgreSQL', () => {
  it('make one whole, anchored chain of each shard, though one of them is killed', async () => {
    const database = await openAuditDatabase('postgres');
    const { options } = database;
    const url = options.type === 'postgres' ? options.url! : '';
    const prefix = freshPrefix();
    const client = openRedis();
    const store = redisStore(client, { prefix, shards: SHARDS });
    await store.start(someSettings());
    const args = [url, redisUrl(), prefix, String(KEY.key)];
    const relays = await Promise.all(Array.from({ length: RELAYS }, () => startRelay(args)));

    for (let number = 0; number < EVENTS; number += 1) {
      const operation = anOperation(systemClock);
      await store.append(number % SHARDS, { type: 'login.failed' }, operation);
      if (number === EVENTS / 2) relays[0]!.kill('SIGKILL');
    }
    await eventually(async () => {
      const states = await Promise.all([0, 1].map((shard) => store.outboxState(shard)));
      return states.every(({ entries }) => entries === 0);
    });
    const endings = await Promise.all(relays.slice(1).map(endOf));
    const verification = await new AuditVerifier({
      dataSource: database.dataSource,
      keys: [KEY],
      anchors: store,
    }).verify();

    expect(endings).toEqual([0, 0]);
    expect(verification).toMatchObject({
      findings: [],
      rows: EVENTS,
      chains: SHARDS,
      unanchored: [],
    });
    await store.close();
    await client.quit();
    await database.close();
  }, 120_000);
});

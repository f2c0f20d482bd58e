/*
 * What a driver costs: the time of one read, one touch, one write and one login with a limit of
 * five, on each driver in turn, round after round, in one process against servers on loopback.
 * Prints medians and what they are of a Redis read. `npm run bench:drivers`
 */
import { Redis } from 'ioredis';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore, systemClock } from 'nestjs-gatehouse';
import { redisStore } from 'nestjs-gatehouse/redis';
import { sessionEntities, sessionMigrations, sqlStore } from 'nestjs-gatehouse/sql';
import { DataSource } from 'typeorm';
import { startPrivatePostgres, startPrivateRedis } from '../test/support/launcher/index.mjs';

const ROUNDS = 15;
const SESSIONS = 100;

const { aSession, anOperation, someSettings } = await import('nestjs-gatehouse/testing');

const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
const redisServer = await startPrivateRedis({ args: ['--appendonly', 'yes'] });
const postgresServer = await startPrivatePostgres({ args: ['-c', 'fsync=on'] });
const redis = new Redis(redisServer.url);

const migrated = { entities: sessionEntities, migrations: sessionMigrations, migrationsRun: true };
const sqlite = new DataSource({
  type: 'better-sqlite3',
  database: join(folder, 'sessions.sqlite'),
  ...migrated,
});
const postgres = new DataSource({ type: 'postgres', url: postgresServer.url, ...migrated });
await Promise.all([sqlite.initialize(), postgres.initialize()]);

const stores = {
  memory: memoryStore(),
  SQLite: sqlStore(sqlite),
  PostgreSQL: sqlStore(postgres),
  Redis: redisStore(redis),
};

const clock = systemClock;
const operation = () => anOperation(clock, { now: clock.now(), deadline: clock.now() + 10_000 });
const limit = { max: 5, onLimit: 'evict-oldest' };

/** Each returns what it is to be done with next. */
const work = {
  login: (store, session) => store.create({ session, limit }, operation()),
  read: (store, { id }) => store.find(id),
  touch: (store, { id }) => store.touch(id, operation()),
  write: (store, { id }) => store.save({ id, set: { visits: '1' }, remove: [] }, operation()),
};

const median = (values) => values.toSorted((left, right) => left - right)[values.length >> 1];

/** Median microseconds of one call, of those made one after the other. */
async function measure(store, sessions, step) {
  const times = [];
  for (const session of sessions) {
    const start = performance.now();
    await step(store, session);
    times.push((performance.now() - start) * 1_000);
  }
  return median(times);
}

const times = Object.fromEntries(
  Object.keys(stores).map((name) => [
    name,
    Object.fromEntries(Object.keys(work).map((step) => [step, []])),
  ]),
);
for (const store of Object.values(stores)) await store.start(someSettings({ clock }));
for (let round = 0; round < ROUNDS; round += 1)
  for (const [name, store] of Object.entries(stores)) {
    const place = { clock, shards: store.shards };
    const sessions = Array.from({ length: SESSIONS }, () => aSession(place));
    for (const [step, run] of Object.entries(work))
      times[name][step].push(await measure(store, sessions, run));
  }

const reference = median(times.Redis.read);
const rows = Object.entries(times).map(([name, steps]) => [
  name,
  Object.fromEntries(
    Object.entries(steps).map(([step, values]) => [
      step,
      `${median(values).toFixed(0)} µs (${(median(values) / reference).toFixed(1)})`,
    ]),
  ),
]);
console.log(`Node ${process.version}; in brackets: of a read from Redis`);
console.table(Object.fromEntries(rows));

for (const store of Object.values(stores)) await store.close();
await redis.quit();
await Promise.all([sqlite.destroy(), postgres.destroy()]);
await Promise.all([redisServer.stop(), postgresServer.stop()]);
await rm(folder, { recursive: true, force: true });

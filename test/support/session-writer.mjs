import { DataSource } from 'typeorm';
import { sessionEntities, sqlStore } from 'nestjs-gatehouse/sql';
import { anOperation, aSession, someSettings } from 'nestjs-gatehouse/testing';

const LIMIT = { max: 3, onLimit: 'reject' };

const clock = { now: () => Date.now() };
const database = process.argv[2];
const dataSource = new DataSource({ type: 'better-sqlite3', database, entities: sessionEntities });
const store = sqlStore(await dataSource.initialize());
await store.start(someSettings());

/** Opens sessions up to the limit and writes the keys, and tells how each of the calls ended. */
async function write({ id, user, keys }) {
  const { shards } = store;
  const answers = await Promise.all(
    keys.flatMap((key) => [
      store.save({ id, set: { [key]: '1' }, remove: [] }, anOperation(clock)),
      store.create(
        { session: aSession({ clock, shards }, { user }), limit: LIMIT },
        anOperation(clock),
      ),
    ]),
  );
  return answers.map(({ result }) => result);
}

process.on('message', (task) => void write(task).then((answers) => process.send(answers)));
process.send('ready');

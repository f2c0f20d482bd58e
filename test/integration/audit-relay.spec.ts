import type { DataSource } from 'typeorm';
import { auditEntities, auditMigrations } from '../../src/audit/audit-schema.js';
import { DATABASE_KINDS, type TestDatabase } from '../support/servers.js';
import { startPrivatePostgres } from '../support/private-postgres.js';
import {
  anEvent,
  chainOf,
  expectWholeChain,
  journalOn,
  ListOutbox,
  openAuditDatabase,
  relayInto,
  relayOf,
  someEvents,
} from './audit-fixtures.js';

const idsIn = async (dataSource: DataSource, chain = 0): Promise<string[]> =>
  (await chainOf(dataSource, chain)).map(({ eventId }) => eventId);

describe.each(DATABASE_KINDS)('the audit relay on %s', (kind) => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await openAuditDatabase(kind);
    dataSource = database.dataSource;
  });

  afterEach(() => database.close());

  it('moves every event of every shard, in order, and leaves the outboxes empty', async () => {
    const outbox = new ListOutbox(3);
    outbox.add(0, someEvents(450));
    outbox.add(2, [anEvent(900), anEvent(901)]);
    const relay = relayOf(outbox, dataSource);

    const moved = await relay.drainAll();

    expect(moved).toBe(452);
    expect(await idsIn(dataSource)).toEqual(someEvents(450).map(({ eventId }) => eventId));
    expect(await idsIn(dataSource, 2)).toEqual(['event-00900', 'event-00901']);
    expect(await relay.health()).toMatchObject({ waiting: 0, rejected: 0 });
  });

  it('moves 5,000 events into one whole chain', async () => {
    const outbox = new ListOutbox();
    outbox.add(0, someEvents(5_000));

    const moved = await relayOf(outbox, dataSource).drain(0);

    expect(moved).toBe(5_000);
    expectWholeChain(await chainOf(dataSource, 0));
  });

  it('doubles nothing when it dies between insert and acknowledgement', async () => {
    const outbox = new ListOutbox();
    outbox.add(0, someEvents(10));
    const dying = Object.assign(Object.create(outbox) as ListOutbox, {
      acknowledge: () => Promise.reject(new Error('killed')),
    });
    await expect(relayOf(dying, dataSource).drain(0)).rejects.toThrow('killed');
    outbox.add(0, [anEvent(11)]);

    await relayOf(outbox, dataSource).drain(0);

    expect(await idsIn(dataSource)).toEqual(someEvents(11).map(({ eventId }) => eventId));
    expect(await relayOf(outbox, dataSource).health()).toMatchObject({ waiting: 0 });
    expectWholeChain(await chainOf(dataSource, 0));
  });

  it('loses nothing when it dies between reading and inserting', async () => {
    const outbox = new ListOutbox();
    outbox.add(0, someEvents(10));
    const dying = relayInto(
      { append: () => Promise.reject(new Error('killed')), leads: async () => true },
      outbox,
    );
    await expect(dying.drain(0)).rejects.toThrow('killed');

    await relayOf(outbox, dataSource).drain(0);

    expect(await idsIn(dataSource)).toEqual(someEvents(10).map(({ eventId }) => eventId));
  });

  it('goes on where an abandoned relay had moved a part of what another still holds', async () => {
    const outbox = new ListOutbox();
    const late = new ListOutbox();
    outbox.add(0, someEvents(30));
    late.add(0, someEvents(50).slice(20));

    await relayOf(outbox, dataSource).drain(0);
    await relayOf(late, dataSource).drain(0);

    expect(await idsIn(dataSource)).toEqual(someEvents(50).map(({ eventId }) => eventId));
    expectWholeChain(await chainOf(dataSource, 0));
  });

  it('keeps one whole chain while four relays work on one outbox', async () => {
    const outbox = new ListOutbox();
    const sources = [dataSource, ...(await Promise.all([1, 2, 3].map(() => database.connect())))];
    const relays = sources.map((source) => relayOf(outbox, source));

    for (let round = 0; round < 5; round += 1) {
      const events = someEvents(600).slice(round * 120, (round + 1) * 120);
      outbox.add(0, events);
      await Promise.allSettled(relays.map((relay) => relay.drain(0)));
    }
    await relays[0]!.drain(0);

    expect(await idsIn(dataSource)).toEqual(someEvents(600).map(({ eventId }) => eventId));
    expectWholeChain(await chainOf(dataSource, 0));
  });

  it('keeps one whole chain while four relays bring different events', async () => {
    const sources = [dataSource, ...(await Promise.all([1, 2, 3].map(() => database.connect())))];
    const events = someEvents(80);
    const relays = sources.map((source, index) => {
      const outbox = new ListOutbox();
      outbox.add(0, events.slice(index * 20, (index + 1) * 20));
      return relayOf(outbox, source);
    });

    await Promise.all(relays.map((relay) => relay.drain(0)));

    const rows = await chainOf(dataSource, 0);
    expect(rows.map(({ eventId }) => eventId).sort()).toEqual(events.map(({ eventId }) => eventId));
    expectWholeChain(rows);
  });
});

describe('the audit relay and a row that PostgreSQL refuses', () => {
  it('counts it, puts it aside and goes on', async () => {
    const database = await openAuditDatabase('postgres');
    const { dataSource } = database;
    const outbox = new ListOutbox();
    outbox.add(0, [anEvent(1), anEvent(2, { userAgent: '\u0000' }), anEvent(3)]);
    const relay = relayOf(outbox, dataSource);

    await relay.drainAll();

    expect(await idsIn(dataSource)).toEqual(['event-00001', 'event-00003']);
    expect(await relay.health()).toMatchObject({ waiting: 0, rejected: 1 });
    await database.close();
  });
});

describe('the audit relay while its database is away', () => {
  it('leaves events where they are, says so, and moves them once it is back', async () => {
    const server = await startPrivatePostgres();
    const { DataSource } = await import('typeorm');
    const dataSource = await new DataSource({
      type: 'postgres',
      url: server.url,
      entities: auditEntities,
      migrations: auditMigrations,
      logging: false,
    }).initialize();
    await dataSource.runMigrations();
    const outbox = new ListOutbox();
    const relay = relayOf(outbox, dataSource);
    outbox.add(0, someEvents(3));
    await relay.drainAll();

    await server.kill();
    outbox.add(0, [anEvent(4), anEvent(5)]);
    const movedWhileAway = await relay.drainAll();
    const healthWhileAway = await relay.health();
    await server.restart();
    const movedAfter = await relay.drainAll();

    expect(movedWhileAway).toBe(0);
    expect(healthWhileAway).toMatchObject({ waiting: 2, lastErrorCode: expect.any(String) });
    expect(movedAfter).toBe(2);
    expectWholeChain(await chainOf(dataSource, 0));
    expect(await idsIn(dataSource)).toHaveLength(5);
    await dataSource.destroy();
    await server.stop();
  }, 60_000);
});

describe('what a journal on a database without its tables does', () => {
  it('fails, so that nothing is acknowledged', async () => {
    const database = await openAuditDatabase('sqlite');
    await database.dataSource.undoLastMigration();
    const outbox = new ListOutbox();
    outbox.add(0, [anEvent(1)]);

    await expect(journalOn(database.dataSource).append(0, [anEvent(1)])).rejects.toThrow(
      /no such table/,
    );
    await relayOf(outbox, database.dataSource).drainAll();

    expect((await outbox.outboxState(0)).entries).toBe(1);
    await database.close();
  });
});

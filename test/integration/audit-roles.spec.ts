import { Test } from '@nestjs/testing';
import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { AuditRejectedRow, SessionAuditModule } from '../../src/audit/index.js';
import { SessionModule } from '../../src/index.js';
import { memoryStore } from '../../src/storage/memory/index.js';
import { eventually } from '../support/eventually.js';
import type { TestDatabase } from '../support/servers.js';
import { SECRET } from '../support/session-app.js';
import {
  anEvent,
  chainOf,
  journalOn,
  KEY,
  ListOutbox,
  NOON,
  openAuditDatabase,
  relayOf,
  someEvents,
} from './audit-fixtures.js';

const RELAY_GRANTS = [
  'SELECT, INSERT ON audit_events, audit_rejected',
  'SELECT ON audit_checkpoints',
];
const RETENTION_GRANTS = [
  'SELECT, DELETE ON audit_events',
  'SELECT, INSERT, DELETE ON audit_checkpoints',
];

describe('the audit under two roles of PostgreSQL', () => {
  let database: TestDatabase;
  let relaySource: DataSource;
  let retentionSource: DataSource;
  let roles: string[];

  beforeEach(async () => {
    database = await openAuditDatabase('postgres');
    roles = [];
    relaySource = await connectAs('relay', RELAY_GRANTS);
    retentionSource = await connectAs('retention', RETENTION_GRANTS);
  });

  afterEach(async () => {
    await relaySource.destroy();
    await retentionSource.destroy();
    for (const role of roles) {
      await database.dataSource.query(`DROP OWNED BY ${role}`);
      await database.dataSource.query(`DROP ROLE ${role}`);
    }
    await database.close();
  });

  async function connectAs(name: string, grants: readonly string[]): Promise<DataSource> {
    const suffix = randomBytes(8).toString('hex');
    const role = `gatehouse_${name}_${suffix}`;
    await database.dataSource.query(`CREATE ROLE ${role} LOGIN PASSWORD '${suffix}'`);
    roles.push(role);
    for (const grant of grants) await database.dataSource.query(`GRANT ${grant} TO ${role}`);
    const { options } = database;
    if (options.type !== 'postgres') throw new Error('This is about PostgreSQL');
    const url = new URL(options.url!);
    [url.username, url.password] = [role, suffix];
    return new DataSource({ ...options, url: url.href }).initialize();
  }

  it('moves events, rejected ones too, with the right to insert and to select alone', async () => {
    const outbox = new ListOutbox();
    outbox.add(0, [anEvent(1), anEvent(2, { userAgent: '\u0000' }), anEvent(3)]);

    const moved = await relayOf(outbox, relaySource).drain(0);

    const rows = await chainOf(relaySource, 0);
    expect(moved).toBe(3);
    expect(rows.map(({ eventId }) => eventId)).toEqual(['event-00001', 'event-00003']);
    expect(await relaySource.manager.count(AuditRejectedRow)).toBe(1);
    await expect(relaySource.query('DELETE FROM audit_events')).rejects.toMatchObject({
      code: '42501',
    });
  });

  it('purges under the second, and goes on behind the checkpoint under the first', async () => {
    await journalOn(relaySource, { now: () => NOON }).append(1, someEvents(3));
    const store = memoryStore({ shards: 2 });
    const module = await Test.createTestingModule({
      imports: [
        SessionModule.forRoot({ secret: SECRET, store, clock: { now: () => NOON + 90_000_000 } }),
        SessionAuditModule.forRoot({
          dataSource: relaySource,
          retentionDataSource: retentionSource,
          retention: '1d',
          keys: [KEY],
        }),
      ],
    }).compile();

    await module.init();
    await eventually(async () => (await chainOf(relaySource, 1)).every(isPurge));
    await module.close();

    const [row, ...others] = await chainOf(relaySource, 1);
    expect(row).toMatchObject({ type: 'audit.purged', chainSeq: 4, details: { count: 3 } });
    expect(others).toEqual([]);
  });
});

const isPurge = ({ type }: { readonly type: string }): boolean => type === 'audit.purged';

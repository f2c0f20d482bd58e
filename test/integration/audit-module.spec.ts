import { Module, type DynamicModule, type LoggerService } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Subject } from 'rxjs';
import { DataSource } from 'typeorm';
import {
  AUDIT_QUERY,
  auditEntities,
  AuditService,
  SessionAuditModule,
} from '../../src/audit/index.js';
import type { AuditView, SessionAuditModuleOptions } from '../../src/audit/index.js';
import type { SessionStore } from '../../src/core/session-store.js';
import { SESSION_OUTBOX_SIGNAL, SESSION_STORE } from '../../src/nest/session.tokens.js';
import { memoryStore } from '../../src/storage/memory/memory-store.js';
import { someSettings } from '../../src/testing/builders.js';
import type { TestDatabase } from '../support/servers.js';
import { KEY, openAuditDatabase } from './audit-fixtures.js';

@Module({})
class StoreModule {
  static of(store: SessionStore, signal: Subject<number>): DynamicModule {
    const providers = [
      { provide: SESSION_STORE, useValue: store },
      { provide: SESSION_OUTBOX_SIGNAL, useValue: signal },
    ];
    return { module: StoreModule, global: true, providers, exports: providers };
  }
}

describe('the audit module', () => {
  let database: TestDatabase;
  let store: SessionStore;
  let signal: Subject<number>;
  let warnings: string[];
  const ignore = () => {};
  const logger: LoggerService = {
    log: ignore,
    error: ignore,
    warn: (message: string) => void warnings.push(message),
  };

  beforeEach(async () => {
    database = await openAuditDatabase('sqlite');
    signal = new Subject();
    warnings = [];
    store = memoryStore({ shards: 4 });
    await store.start(someSettings());
  });

  afterEach(() => database.close());

  const compile = (...imports: DynamicModule[]): Promise<TestingModule> =>
    Test.createTestingModule({ imports: [StoreModule.of(store, signal), ...imports] })
      .setLogger(logger)
      .compile();

  const withOptions = (options: SessionAuditModuleOptions): Promise<TestingModule> =>
    compile(SessionAuditModule.forRoot({ dataSource: database.dataSource, ...options }));

  const record = async (shard: number, eventId: string): Promise<void> => {
    const now = Date.now();
    await store.append(
      shard,
      { type: 'login.failed', userId: 'ada', tenantId: '' },
      { eventId, now, deadline: now + 1_000, context: { initiator: 'user', ip: '203.0.113.77' } },
    );
  };

  const shownBy = async (audit: AuditService): Promise<readonly AuditView[]> =>
    (await audit.find({}, { limit: 200 })).items;

  const untilEmpty = async (audit: AuditService): Promise<void> => {
    while ((await audit.health()).waiting > 0) await new Promise(setImmediate);
  };

  it('brings what is signalled to the database, long before the next poll', async () => {
    const module = await withOptions({ keys: [KEY], pollInterval: '1m' });
    await module.init();
    const audit = module.get(AuditService);

    await record(2, 'signalled');
    signal.next(2);
    await untilEmpty(audit);

    expect(await shownBy(audit)).toEqual([
      expect.objectContaining({ eventId: 'signalled', chain: 2, chainSeq: 1, ip: '203.0.113.77' }),
    ]);
    await module.close();
  });

  it('moves the last events at shutdown and leaves the database open', async () => {
    const module = await withOptions({ keys: [KEY], pollInterval: '1m' });
    await module.init();
    const audit = module.get(AuditService);

    await record(1, 'last');
    await module.close();

    expect(database.dataSource.isInitialized).toBe(true);
    expect((await shownBy(audit)).map(({ eventId }) => eventId)).toEqual(['last']);
    expect(signal.observed).toBe(false);
  });

  it('shortens addresses where asked to', async () => {
    const module = await withOptions({ keys: [KEY], addressPrivacy: 'shortened' });
    await module.init();

    await record(0, 'private');
    await module.close();

    const [view] = await shownBy(module.get(AuditService));
    expect(view?.ip).toBe('203.0.113.0');
  });

  it('takes the DataSource of the container, and its options from a factory', async () => {
    const module = await compile(
      TypeOrmModule.forRoot({ ...database.options, autoLoadEntities: false }),
      SessionAuditModule.forRootAsync({ useFactory: async () => ({ keys: [KEY] }) }),
    );
    await module.init();

    await record(0, 'from the container');
    await module.close();

    const rows = await database.dataSource.query('SELECT event_id FROM audit_events');
    expect(rows).toEqual([{ event_id: 'from the container' }]);
  });

  it('purges once at the start where a retention is set', async () => {
    const module = await withOptions({ keys: [KEY], retention: '1d' });

    await module.init();
    const free = await store.lease('audit-purge', 'another process', 1_000);

    expect(free).toBe(false);
    await module.close();
  });

  it('warns where the chain is not keyed, and only there', async () => {
    const [unkeyed, keyed] = [await withOptions({}), await withOptions({ keys: [KEY] })];

    expect(warnings).toEqual(['The audit chain is not keyed: tampering cannot be told']);
    await Promise.all([unkeyed.close(), keyed.close()]);
  });

  it('provides the query under its token', async () => {
    const module = await withOptions({ keys: [KEY] });

    expect(await module.get(AUDIT_QUERY).find({}, { limit: 1 })).toEqual({ items: [] });
    await module.close();
  });

  it('does not start without a DataSource', async () => {
    await expect(compile(SessionAuditModule.forRoot({}))).rejects.toMatchObject({
      code: 'SESSION_CONFIG_INVALID',
      option: 'dataSource',
    });
  });

  it('does not start on a DataSource that does not know its tables, and names what is missing', async () => {
    const stranger = await new DataSource({ ...database.options, entities: [] }).initialize();

    await expect(withOptions({ dataSource: stranger })).rejects.toThrow(/auditEntities/);
    await stranger.destroy();
  });

  it('does not start on a DataSource that is not open', async () => {
    const closed = new DataSource({ ...database.options, entities: auditEntities });

    await expect(withOptions({ dataSource: closed })).rejects.toThrow(/must be initialized/);
  });

  it('does not start with a retention of less than a day', async () => {
    await expect(withOptions({ retention: '1h' })).rejects.toThrow(
      /"retention" must be a duration/,
    );
  });
});

import { jest } from '@jest/globals';
import { Module, type DynamicModule, type LoggerService } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { firstValueFrom, Subject } from 'rxjs';
import { DataSource } from 'typeorm';
import {
  AUDIT_QUERY,
  auditEntities,
  AuditService,
  SessionAuditModule,
} from '../../src/audit/index.js';
import type { AuditView, SessionAuditModuleOptions } from '../../src/audit/index.js';
import type { SessionCore } from '../../src/core/session-core.js';
import { SESSION_CORE, SESSION_OUTBOX_SIGNAL } from '../../src/nest/session.tokens.js';
import { openCore, type CoreUnderTest } from '../support/core-under-test.js';
import { eventually } from '../support/eventually.js';
import type { TestDatabase } from '../support/servers.js';
import { chainOf, journalOn, KEY, openAuditDatabase, someEvents } from './audit-fixtures.js';

@Module({})
class CoreModule {
  static of(core: SessionCore, signal: Subject<number>): DynamicModule {
    const providers = [
      { provide: SESSION_CORE, useValue: core },
      { provide: SESSION_OUTBOX_SIGNAL, useValue: signal },
    ];
    return { module: CoreModule, global: true, providers, exports: providers };
  }
}

describe('the audit module', () => {
  let database: TestDatabase;
  let core: CoreUnderTest;
  let signal: Subject<number>;
  let warnings: string[];
  let logs: string[];
  const logger: LoggerService = {
    log: (message: string, context: string) =>
      void (context === 'SessionAudit' && logs.push(message)),
    error: () => {},
    warn: (message: string) => void warnings.push(message),
  };

  beforeEach(async () => {
    database = await openAuditDatabase('sqlite');
    signal = new Subject();
    [warnings, logs] = [[], []];
    core = await openCore();
  });

  afterEach(() => database.close());

  const compile = (...imports: DynamicModule[]): Promise<TestingModule> =>
    Test.createTestingModule({ imports: [CoreModule.of(core, signal), ...imports] })
      .setLogger(logger)
      .compile();

  const withOptions = (options: SessionAuditModuleOptions): Promise<TestingModule> =>
    compile(SessionAuditModule.forRoot({ dataSource: database.dataSource, ...options }));

  const record = async (shard: number, eventId: string): Promise<void> => {
    const operation = core.operations.begin({ initiator: 'user', ip: '203.0.113.77' });
    const fact = { type: 'login.failed', userId: 'ada', tenantId: '' } as const;
    await core.store.append(shard, fact, { ...operation, eventId });
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

  it('records at shutdown what was counted until then', async () => {
    const module = await withOptions({ keys: [KEY], pollInterval: '1m' });
    await module.init();
    const fact = { type: 'login.failed', key: 'x', context: { initiator: 'user' } } as const;
    for (let time = 0; time < 3; time += 1) await core.facts.record(fact);

    await module.close();

    const counts = (await shownBy(module.get(AuditService))).map(({ details }) => details);
    expect(counts).toEqual([{ count: 2 }, undefined]);
  });

  it('goes by the clock of the sessions, corrected to their store', async () => {
    const module = await withOptions({ keys: [KEY] });
    const audit = module.get(AuditService);
    Object.assign(core.store, { clockOffsetMs: 3_600_000 });
    await record(0, 'late');
    core.clock.advance('5s');
    const { oldestAgeMs } = await audit.health();

    await module.init();
    await untilEmpty(audit);

    const [view] = await shownBy(audit);
    expect(oldestAgeMs).toBe(5_000);
    expect(view).toMatchObject({ recordedAt: core.clock.now() + 3_600_000 });
    expect(view!.recordedAt - view!.occurredAt).toBe(5_000);
    await module.close();
  });

  it('warns where its tables are missing, and says when events reach them', async () => {
    await database.dataSource.undoLastMigration();
    const module = await withOptions({ keys: [KEY], pollInterval: '100ms' });
    await record(0, 'early');
    await module.init();
    await eventually(async () => warnings.length > 0);

    await database.dataSource.runMigrations();
    await eventually(async () => logs.length > 0);

    expect(warnings).toEqual([
      'Audit events wait, for they do not reach the database: SQLITE_ERROR',
    ]);
    expect(logs).toEqual(['Audit events reach the database again']);
    await module.close();
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
    const free = await core.store.lease('audit-purge', 'another process', 1_000);

    expect(free).toBe(false);
    await module.close();
  });

  it('purges again every hour', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'clearTimeout'] });
    let attempts = 0;
    Object.assign(core.store, { lease: async () => (attempts += 1) === 0 });
    const module = await withOptions({ keys: [KEY], retention: '1d', pollInterval: '1m' });
    await module.init();

    jest.advanceTimersByTime(3_599_999);
    const attemptsWithinTheHour = attempts;
    jest.advanceTimersByTime(1);
    const attemptsAfterIt = attempts;
    await module.close();
    jest.advanceTimersByTime(3_600_000);
    jest.useRealTimers();

    expect([attemptsWithinTheHour, attemptsAfterIt, attempts]).toEqual([1, 2, 2]);
  });

  it('ends the batch of a purge before the last drain of a shutdown', async () => {
    await journalOn(database.dataSource, core.clock).append(0, someEvents(2));
    core.clock.advance('25h');
    const [purge, release] = [new Subject<void>(), new Subject<void>()];
    const append = core.store.append.bind(core.store);
    core.store.append = async (...fact) => {
      const released = firstValueFrom(release);
      purge.next();
      await released;
      return append(...fact);
    };
    const module = await withOptions({ keys: [KEY], retention: '1d', pollInterval: '1m' });
    const begun = firstValueFrom(purge);
    await module.init();
    await begun;

    const closing = module.close();
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    release.next();
    await closing;

    const types = (await chainOf(database.dataSource, 0)).map(({ type }) => type);
    expect(types).toEqual(['audit.purged']);
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

  it('does not start on a second DataSource for the purge that is not open', async () => {
    const retentionDataSource = new DataSource({ ...database.options, entities: auditEntities });

    await expect(withOptions({ retentionDataSource })).rejects.toThrow(
      /"retentionDataSource" must be initialized/,
    );
  });

  it('does not start on a DataSource that is not open', async () => {
    const closed = new DataSource({ ...database.options, entities: auditEntities });

    await expect(withOptions({ dataSource: closed })).rejects.toThrow(/must be initialized/);
  });

  it('does not start where the sessions leave no events', async () => {
    core = await openCore({ audit: false });

    await expect(withOptions({ keys: [KEY] })).rejects.toMatchObject({
      code: 'SESSION_CONFIG_INVALID',
      option: 'audit',
    });
  });

  it('does not start with a retention of less than a day', async () => {
    await expect(withOptions({ retention: '1h' })).rejects.toThrow(
      /"retention" must be a duration/,
    );
  });
});

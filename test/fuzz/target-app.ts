import { Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import type { Response } from 'express';
import type { Redis } from 'ioredis';
import { SessionAdminModule } from '../../src/admin/index.js';
import { AuditEventRow } from '../../src/audit/audit-event-row.entity.js';
import { AuditRejectedRow } from '../../src/audit/audit-rejected-row.entity.js';
import { AuditRelay } from '../../src/audit/audit-relay.js';
import { auditEntities, auditMigrations, SessionAuditModule } from '../../src/audit/index.js';
import type { SessionCore } from '../../src/core/session-core.js';
import type { SessionStore } from '../../src/core/session-store.js';
import type { SessionModuleOptions, SessionService } from '../../src/index.js';
import { SESSION_CORE } from '../../src/nest/session.tokens.js';
import { connectRedis } from '../../src/storage/connect-redis/index.js';
import { ADMIN_OPTIONS } from '../support/admin-app.js';
import { openDatabase, type TestDatabase } from '../support/databases.js';
import { SECRET, startSessionApp } from '../support/session-app.js';
import { CapturedLog } from './captured-log.js';
import { CountingStore } from './counting-store.js';
import { TargetController } from './target-controller.js';

export { SECRET };
export const COOKIE_NAME = 'sid';
export const LEGACY_COOKIE_NAME = 'legacy.sid';
export const LEGACY_SECRET = 'the secret of the application before';
export const LEGACY_PREFIX = 'legacy:';
/** Set on answers to requests that have come past our middleware. */
export const REACHED = 'x-reached';

const A_DAY_MS = 86_400_000;

@Module({})
class ReachedModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply((_request: unknown, response: Response, next: () => void) => {
        response.setHeader(REACHED, '1');
        next();
      })
      .forRoutes('{*path}');
  }
}

/** Nest has one logger for all applications of a process. */
export const LOG = new CapturedLog();

/** An application with everything the module has, on a free loopback port. */
export interface TargetApp {
  readonly port: number;
  readonly store: CountingStore;
  readonly core: SessionCore;
  readonly sessions: SessionService;
  /** All that the audit holds, once what waits has been moved there. */
  auditRows(): Promise<readonly AuditEventRow[]>;
  /** How many events the database has refused for what is in them. */
  rejectedRows(): Promise<number>;
  close(): Promise<void>;
}

export async function startTargetApp(inner: SessionStore, legacy: Redis): Promise<TargetApp> {
  const database = await openAuditDatabase();
  const { dataSource } = database;
  const store = new CountingStore(inner);
  const started = await startSessionApp(
    optionsFor(store, legacy),
    {
      imports: [
        SessionAdminModule.forRoot(ADMIN_OPTIONS),
        SessionAuditModule.forRoot({ dataSource }),
        ReachedModule,
      ],
      controllers: [TargetController],
    },
    LOG,
  );
  const { app, url, sessions } = started;
  app.set('trust proxy', true);
  const core = app.get<SessionCore>(SESSION_CORE);
  return {
    port: Number(new URL(url).port),
    store,
    core,
    sessions,
    auditRows: async () => {
      await core.facts.close();
      await app.get(AuditRelay).drainAll();
      return dataSource.manager.find(AuditEventRow);
    },
    rejectedRows: () => dataSource.manager.count(AuditRejectedRow),
    close: async () => {
      await started.close();
      await database.close();
    },
  };
}

/** What is written here need not outlive the run. */
async function openAuditDatabase(): Promise<TestDatabase> {
  const database = await openDatabase('sqlite', {
    entities: auditEntities,
    migrations: auditMigrations,
  });
  await database.dataSource.runMigrations();
  await database.dataSource.query('PRAGMA synchronous = OFF');
  return database;
}

const optionsFor = (
  { store }: CountingStore,
  client: Redis,
): Omit<SessionModuleOptions, 'secret'> => ({
  store,
  adminIndex: true,
  // What is bounded here is work; how long it takes is the machine's.
  storeTimeout: '10s',
  // What a sweep asks of the store, and the counts that it tells, would be taken for a request's.
  sweepInterval: '1h',
  maxSessionsPerUser: 10,
  anonymousSessionsPerMinute: 1_000_000,
  adopt: connectRedis({
    client,
    prefix: LEGACY_PREFIX,
    cookieName: LEGACY_COOKIE_NAME,
    secret: LEGACY_SECRET,
    until: Date.now() + A_DAY_MS,
  }),
});

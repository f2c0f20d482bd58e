import * as admin from 'nestjs-gatehouse/admin';
import * as audit from 'nestjs-gatehouse/audit';
import * as connectRedis from 'nestjs-gatehouse/connect-redis';
import * as main from 'nestjs-gatehouse';
import * as openapi from 'nestjs-gatehouse/openapi';
import * as passport from 'nestjs-gatehouse/passport';
import * as redis from 'nestjs-gatehouse/redis';
import * as socketIo from 'nestjs-gatehouse/socket.io';
import * as sql from 'nestjs-gatehouse/sql';
import * as testing from 'nestjs-gatehouse/testing';
import * as ws from 'nestjs-gatehouse/ws';
import { readText, tableUnder } from './documents.js';

/** By entry point: what it exports at run time, in the order of `sort()`. */
const ENTRY_POINTS = [
  {
    entryPoint: '.',
    api: main,
    names: [
      'AuditUnavailableError',
      'CsrfGuard',
      'CsrfRejectedError',
      'CurrentSession',
      'CurrentUser',
      'InjectSessionStore',
      'OnSessionEnded',
      'Passive',
      'Public',
      'RequireFresh',
      'SESSION_STORE',
      'STORE_UNAVAILABLE',
      'SessionAccountPageModule',
      'SessionAuditBacklogError',
      'SessionConfigInvalidError',
      'SessionConflictError',
      'SessionDataTooLargeError',
      'SessionDataUnreadableError',
      'SessionEndedError',
      'SessionError',
      'SessionGuard',
      'SessionHeadersSentError',
      'SessionIdentityInvalidError',
      'SessionInputInvalidError',
      'SessionJobLimitReachedError',
      'SessionLayoutMismatchError',
      'SessionLimitReachedError',
      'SessionModule',
      'SessionNotFoundError',
      'SessionNotFreshError',
      'SessionRequiredError',
      'SessionService',
      'SessionStoreUnavailableError',
      'SessionSubscriptions',
      'SessionThrottledError',
      'SessionUserBlockedError',
      'SkipCsrf',
      'StrictSession',
      'contextOf',
      'findSignedIn',
      'memoryStore',
      'parseSessionId',
      'passportUserIdOf',
      'systemClock',
      'toSessionView',
    ],
  },
  { entryPoint: './redis', api: redis, names: ['redisStore'] },
  {
    entryPoint: './sql',
    api: sql,
    names: ['sessionEntities', 'sessionMigrations', 'sqlStore'],
  },
  { entryPoint: './connect-redis', api: connectRedis, names: ['connectRedis'] },
  {
    entryPoint: './audit',
    api: audit,
    names: [
      'AUDIT_QUERY',
      'AUDIT_REPORTS',
      'AuditCheckpointRow',
      'AuditEventRow',
      'AuditRejectedRow',
      'AuditService',
      'AuditUnrecordedError',
      'SessionAuditModule',
      'auditEntities',
      'auditMigrations',
    ],
  },
  { entryPoint: './admin', api: admin, names: ['SessionAdminModule'] },
  { entryPoint: './openapi', api: openapi, names: ['createSessionDocument'] },
  {
    entryPoint: './passport',
    api: passport,
    names: ['SessionAuthGuard', 'SessionPassportModule', 'SessionSerializer'],
  },
  { entryPoint: './ws', api: ws, names: ['SessionWsAdapter'] },
  { entryPoint: './socket.io', api: socketIo, names: ['SESSION_ENDED', 'SessionIoAdapter'] },
  {
    entryPoint: './testing',
    api: testing,
    names: [
      'FakeClock',
      'aContext',
      'aSession',
      'aTokenHash',
      'aUser',
      'anAnonymousSession',
      'anOperation',
      'describeSessionStore',
      'someSettings',
    ],
  },
];

describe('the public API', () => {
  it.each(ENTRY_POINTS)(
    'of "$entryPoint" is exactly these names; adding one is a decision, removing one a major version',
    ({ api, names }) => {
      expect(Object.keys(api).sort()).toEqual(names);
    },
  );

  it('has the entry points of package.json', () => {
    const { exports } = JSON.parse(readText('package.json')) as { exports: object };

    const entryPoints = Object.keys(exports).filter((path) => path !== './package.json');

    expect(entryPoints).toEqual(ENTRY_POINTS.map(({ entryPoint }) => entryPoint));
  });

  it('of SessionService stands in README, and nothing else does', () => {
    const { constructor: _, ...declared } = Object.getOwnPropertyDescriptors(
      main.SessionService.prototype,
    );

    const documented = tableUnder(readText('README.md'), '## SessionService').flatMap(
      ([methods = '']) => methods.replace(/\(.*?\)/g, '').split(', '),
    );

    expect(new Set(documented)).toEqual(new Set(Object.keys(declared)));
  });
});

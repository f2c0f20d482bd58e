import type { CanActivate, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import fc from 'fast-check';
import { SessionAdminModule } from '../../src/admin/index.js';
import { SessionAuditModule } from '../../src/audit/index.js';
import { resolveAuditSettings } from '../../src/audit/session-audit.options.js';
import { SESSION_OPTION_RULES } from '../../src/core/policy/session-options.js';
import {
  RequireFresh,
  SessionAccountPageModule,
  SessionConfigInvalidError,
  SessionModule,
  type SessionModuleOptions,
} from '../../src/index.js';
import { handshakeOptionsOf } from '../../src/nest/ws/adapter-options.js';
import { SessionPassportModule, SessionSerializer } from '../../src/passport/index.js';
import { connectRedis } from '../../src/storage/connect-redis/index.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { sqlStore } from '../../src/storage/sql/index.js';
import { openRedis } from '../support/servers.js';
import { KEY as AUDIT_KEY, openAuditDatabase, type AuditDatabase } from './audit-fixtures.js';

type Kind =
  'null' | 'boolean' | 'number' | 'bigint' | 'string' | 'symbol' | 'function' | 'array' | 'object';

/** By option, the kinds among which its values are. Of these it may refuse some; of others all. */
type Kinds = Readonly<Record<string, readonly Kind[]>>;

const kindOf = (value: unknown): Kind => {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : (typeof value as Kind);
};

/** Whatever an application in JavaScript may put there. Undefined is absent. */
const anyValue = fc
  .oneof(
    fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, NaN, Infinity, 1n, '', 'text', 'ä\0'),
    fc.constantFrom<unknown>([], [null], [undefined], [[]], [{}], ['text'], [7], {}, { a: null }),
    fc.constantFrom<unknown>(Symbol('s'), () => 'text', new Date(NaN), new Map(), /x/),
    fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }),
  )
  .filter((value) => value !== undefined);

const outcomeOf = async (attempt: () => unknown): Promise<unknown> => {
  try {
    await attempt();
    return 'accepted';
  } catch (error) {
    return error;
  }
};

/** The option is accepted, or refused by its name and with a rule; and refused if of a wrong kind. */
async function requireNamed(
  option: string,
  value: unknown,
  kinds: readonly Kind[],
  attempt: () => unknown,
): Promise<void> {
  const outcome = await outcomeOf(attempt);
  if (outcome === 'accepted') {
    expect(kinds).toContain(kindOf(value));
    return;
  }
  expect(outcome).toBeInstanceOf(SessionConfigInvalidError);
  const { code, option: named, rule, message } = outcome as SessionConfigInvalidError;
  expect(code).toBe('SESSION_CONFIG_INVALID');
  expect(named.startsWith(option)).toBe(true);
  expect(rule).not.toBe('');
  expect(message).toContain(`"${named}" ${rule}`);
}

/** `prefix` is what errors have before the names of these options. */
function describeOptions(
  of: string,
  kinds: Kinds,
  attemptWith: (option: string, value: unknown) => unknown,
  prefix = '',
): void {
  it.each(Object.keys(kinds))(`${of}: %s`, async (option) => {
    await fc.assert(
      fc.asyncProperty(anyValue, (value) =>
        requireNamed(`${prefix}${option}`, value, kinds[option]!, () => attemptWith(option, value)),
      ),
      { numRuns: 25 },
    );
  });
}

/** Options with one set, which may be in a group, or in the first of a list: `a.b`, `a[0].b`. */
function withOption(base: object, path: string, value: unknown): object {
  const [name = '', ...rest] = path.split('.');
  const [, list] = /^(\w+)\[0\]$/.exec(name) ?? [];
  const group = (Reflect.get(base, list ?? name) ?? {}) as object;
  if (list !== undefined) {
    const [first = {}] = group as readonly object[];
    const item = rest.length > 0 ? withOption(first, rest.join('.'), value) : value;
    return { ...base, [list]: [item] };
  }
  return { ...base, [name]: rest.length > 0 ? withOption(group, rest.join('.'), value) : value };
}

async function start(...imports: readonly object[]): Promise<void> {
  const app = await Test.createTestingModule({ imports: [...imports] as Type[] }).compile();
  await app.close();
}

const SECRET = 'a secret of at least 32 characters';
const KEY = { keyId: 'a', key: 'k'.repeat(43) };

class AGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}
class ASerializer extends SessionSerializer {
  serializeUser(): string {
    return 'alice';
  }
  deserializeUser(): undefined {
    return undefined;
  }
}
const ADMIN = { guard: AGuard, scope: 'all' };

let database: AuditDatabase;
let redis: ReturnType<typeof openRedis>;
beforeAll(async () => {
  database = await openAuditDatabase('sqlite');
  redis = openRedis();
});
afterAll(async () => {
  await redis.quit();
  await database.close();
});

const RULED: Kinds = Object.fromEntries(
  Object.entries(SESSION_OPTION_RULES).map(([option, { kind }]) => [
    option,
    {
      duration: ['null', 'number', 'string'] as const,
      count: ['null', 'number'] as const,
      choice: ['null', 'string'] as const,
      switch: ['null', 'boolean'] as const,
    }[kind],
  ]),
);

describe('a wrong option is refused by its name', () => {
  describeOptions(
    'SessionModule',
    {
      ...RULED,
      policy: ['string'],
      justification: ['string', 'object'],
      secret: ['string', 'array'],
      store: [],
      cookie: ['object'],
      'cookie.name': ['string'],
      'cookie.sameSite': ['string'],
      'cookie.path': ['string'],
      'cookie.domain': ['string'],
      'cookie.partitioned': ['boolean'],
      'cookie.insecureDevelopment': ['boolean'],
      userIdOf: ['function'],
      trustedOrigins: ['array'],
      csrf: ['object'],
      'csrf.strict': ['boolean'],
      'csrf.token': ['boolean'],
      'csrf.tokenHeader': ['string'],
      clearSiteData: ['boolean', 'array'],
      anonymousSessionsPerMinute: ['number'],
      handshakesPerMinute: ['number'],
      selfServiceFreshWithin: ['number', 'string'],
      middleware: ['string'],
      placeOf: ['function'],
      dataEncryption: [],
      'dataEncryption.keys': [],
      'dataEncryption.keys[0]': [],
      'dataEncryption.keys[0].keyId': ['string'],
      'dataEncryption.keys[0].key': [],
      'dataEncryption.acceptPlaintext': ['boolean'],
      adopt: [],
      clock: [],
      selfService: ['boolean'],
      isGlobal: ['boolean'],
    },
    (option, value) => {
      const encrypted = option.startsWith('dataEncryption') && { dataEncryption: { keys: [KEY] } };
      const options = withOption(
        { secret: SECRET, selfService: true, ...encrypted },
        option,
        value,
      );
      return start(SessionModule.forRoot(options as SessionModuleOptions));
    },
  );

  describeOptions(
    'SessionAuditModule',
    {
      retention: ['number', 'string'],
      keys: [],
      'keys[0]': [],
      'keys[0].keyId': ['string'],
      'keys[0].key': ['string'],
      addressPrivacy: ['string'],
      pollInterval: ['number', 'string'],
      queryTimeout: ['number', 'string'],
    },
    (option, value) =>
      resolveAuditSettings(withOption({ keys: [KEY] }, option, value), 'production'),
  );

  describeOptions(
    'SessionAuditModule',
    { dataSource: [], retentionDataSource: [], selfService: ['boolean'], isGlobal: ['boolean'] },
    (option, value) => {
      const { dataSource } = database;
      const audit = withOption({ dataSource, keys: [AUDIT_KEY] }, option, value);
      return start(SessionModule.forRoot({ secret: SECRET }), SessionAuditModule.forRoot(audit));
    },
  );

  describeOptions(
    'SessionAdminModule',
    {
      guard: ['function'],
      scope: ['string', 'function'],
      path: ['string'],
      imports: ['array'],
      ui: ['boolean', 'object'],
      'ui.path': ['string'],
      'ui.signIn': ['string'],
    },
    (option, value) => {
      const module = SessionAdminModule.forRoot(withOption(ADMIN, option, value) as never);
      if (option === 'ui.signIn') return start(SessionModule.forRoot({ secret: SECRET }), module);
      return module;
    },
  );

  describeOptions(
    'redisStore',
    {
      prefix: ['string'],
      shards: ['number'],
      push: ['boolean'],
      nearCache: ['boolean', 'object'],
      'nearCache.maxEntries': ['null', 'number'],
      'nearCache.maxBytes': ['null', 'number'],
      'nearCache.lease': ['null', 'number', 'string'],
      durability: ['string'],
      replicas: [],
    },
    (option, value) => redisStore(redis, withOption({}, option, value)),
    'store.',
  );

  describeOptions(
    'sqlStore',
    { shards: ['number'], push: ['boolean'] },
    (option, value) => sqlStore(database.dataSource, withOption({}, option, value)),
    'store.',
  );

  describeOptions(
    'a store',
    { client: [], dataSource: [] },
    (option, value) => (option === 'client' ? redisStore : sqlStore)(value as never),
    'store.',
  );

  describeOptions(
    'connectRedis',
    {
      client: [],
      prefix: ['string'],
      cookieName: ['string'],
      secret: ['string', 'array'],
      userIdOf: ['function'],
      until: ['string', 'number', 'object'],
      ttl: ['number', 'function'],
      clock: [],
    },
    (option, value) => {
      const required = { client: redis, secret: SECRET, until: '2030-01-01' };
      return connectRedis(withOption(required, option, value) as never);
    },
    'adopt.',
  );

  describeOptions('adapters', { signedOut: ['string'] }, (option, value) =>
    handshakeOptionsOf(withOption({}, option, value)),
  );

  describeOptions(
    'SessionAccountPageModule',
    { path: ['string'], signIn: ['string'], stepUp: ['string'] },
    (option, value) => {
      const page = SessionAccountPageModule.forRoot(withOption({}, option, value));
      return start(SessionModule.forRoot({ secret: SECRET, selfService: true }), page);
    },
    'accountPage.',
  );

  describeOptions(
    'SessionPassportModule',
    { serializer: ['function'], imports: ['array'] },
    (option, value) =>
      SessionPassportModule.forRoot(
        withOption({ serializer: ASerializer }, option, value) as never,
      ),
  );

  describeOptions('a decorator', { RequireFresh: ['number', 'string'] }, (_, value) =>
    RequireFresh(value as never),
  );

  describeOptions(
    'as all that there is',
    { accountPage: ['object'], options: ['object'], store: ['object'], adopt: [] },
    (option, value) => {
      const takers: Record<string, (given: never) => unknown> = {
        accountPage: (given) => SessionAccountPageModule.forRoot(given),
        options: (given) => handshakeOptionsOf(given),
        store: (given) => redisStore(redis, given),
        adopt: (given) => connectRedis(given),
      };
      return takers[option]!(value as never);
    },
  );
});

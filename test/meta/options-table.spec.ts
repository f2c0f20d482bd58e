import { describeRule, SESSION_OPTION_RULES } from '../../src/core/policy/session-options.js';
import { membersOf, readText, tableUnder } from './documents.js';

const README = readText('README.md');
const rules = Object.entries(SESSION_OPTION_RULES);

/** Interfaces whose members README lists in a table: its heading, their files, a prefix of their names. */
const TABLES = [
  {
    heading: '### Policy presets',
    interfaces: [{ file: 'src/core/policy/policy-preset.ts', name: 'PolicyInput', prefix: '' }],
  },
  {
    heading: '### Module',
    interfaces: [
      { file: 'src/nest/session-module.options.ts', name: 'SessionModuleOptions', prefix: '' },
      { file: 'src/nest/session.module-definition.ts', name: 'SessionModuleExtras', prefix: '' },
    ],
  },
  {
    heading: '### Cookie',
    interfaces: [
      {
        file: 'src/express/session-cookie.ts',
        name: 'SessionCookieOptions',
        prefix: 'cookie.',
      },
    ],
  },
  {
    heading: '### CSRF',
    interfaces: [{ file: 'src/express/csrf/csrf-policy.ts', name: 'CsrfOptions', prefix: 'csrf.' }],
  },
  {
    heading: '### Data encryption',
    interfaces: [
      {
        file: 'src/core/encryption/data-key-ring.ts',
        name: 'DataEncryptionOptions',
        prefix: 'dataEncryption.',
      },
    ],
  },
  {
    heading: '### Redis driver',
    interfaces: [
      { file: 'src/storage/redis/redis-store-options.ts', name: 'RedisStoreOptions', prefix: '' },
    ],
  },
  {
    heading: '### Near cache',
    interfaces: [
      {
        file: 'src/storage/redis/near-cache-options.ts',
        name: 'NearCacheOptions',
        prefix: 'nearCache.',
      },
    ],
  },
  {
    heading: '### SQL driver',
    interfaces: [
      { file: 'src/storage/sql/sql-store-options.ts', name: 'SqlStoreOptions', prefix: '' },
    ],
  },
  {
    heading: '### Admin',
    interfaces: [
      {
        file: 'src/admin/session-admin.options.ts',
        name: 'SessionAdminPlacement',
        prefix: '',
      },
      { file: 'src/admin/session-admin.options.ts', name: 'SessionAdminSettings', prefix: '' },
    ],
  },
  {
    heading: '### Operators page',
    interfaces: [
      { file: 'src/admin/session-admin.options.ts', name: 'AdminPageOptions', prefix: 'ui.' },
      { file: 'src/nest/pages/served-page.ts', name: 'PageLinks', prefix: 'ui.' },
    ],
  },
  {
    heading: '### Account page',
    interfaces: [
      {
        file: 'src/nest/pages/session-account-page.module.ts',
        name: 'SessionAccountPageOptions',
        prefix: '',
      },
      { file: 'src/nest/pages/served-page.ts', name: 'PageLinks', prefix: '' },
    ],
  },
  {
    heading: '### Audit',
    interfaces: [
      {
        file: 'src/audit/session-audit.options.ts',
        name: 'SessionAuditModuleOptions',
        prefix: '',
      },
      {
        file: 'src/audit/session-audit.module-definition.ts',
        name: 'SessionAuditModuleExtras',
        prefix: '',
      },
    ],
  },
  {
    heading: '### Adoption',
    interfaces: [
      {
        file: 'src/storage/connect-redis/connect-redis-options.ts',
        name: 'ConnectRedisOptions',
        prefix: '',
      },
    ],
  },
] as const;

describe('the options', () => {
  it('stand in the table of README by name, default and rule, and no others do', () => {
    const documented = tableUnder(README, '### Timeouts and limits').map(
      ([name, defaultValue, rule]) => [name, defaultValue, rule],
    );

    expect(documented).toEqual(
      rules.map(([name, rule]) => [
        name,
        String(rule.default),
        describeRule(rule).replace('must be ', ''),
      ]),
    );
  });

  it('have the defaults that the comments of their type tell, and no others are told', () => {
    const documented = membersOf('src/core/policy/session-options.ts', 'SessionOptionsInput');

    expect(documented).toEqual(
      rules.map(([name, rule]) => ({ name, default: String(rule.default) })),
    );
  });

  it.each(TABLES)(
    'under "$heading" are those of their types, with their defaults',
    ({ heading, interfaces }) => {
      const declared = interfaces.flatMap(({ file, name, prefix }) =>
        membersOf(file, name).map((member) => [`${prefix}${member.name}`, member.default]),
      );

      const documented = tableUnder(README, heading).map(([name, defaultValue]) => [
        name,
        defaultValue,
      ]);

      expect(documented).toEqual(declared);
    },
  );
});

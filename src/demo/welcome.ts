import { DEMO_USERS } from './accounts/demo-users.js';
import type { Configuration } from './configuration.js';
import { sqliteFileIn } from './database.js';
import { secretFileIn } from './kept-secret.js';

/** What somebody who has just started the demo wants to know. Holds no secret. */
export function welcome(address: string, configuration: Configuration): string {
  const { sessionSecret, dataFolder } = configuration;
  const users = DEMO_USERS.map(({ id, password, role }) =>
    `  ${id.padEnd(8)}${password.padEnd(18)}${role === 'operator' ? 'operator' : ''}`.trimEnd(),
  );
  const login = (jar: string, user: string): string =>
    `  curl -b ${jar} -c ${jar} ${address}/login -d username=${user} -d password=${user}-password`;
  return [
    `The demo listens on ${address}`,
    `  sessions in ${placeOfSessions(configuration)}, audit in ${placeInSql(configuration, 'audit')}`,
    ...(sessionSecret === undefined ? [keptSecretNote(dataFolder)] : []),
    '',
    'Users',
    ...users,
    '',
    'In a browser',
    `  ${address}/                    log in`,
    `  ${address}/admin/              sessions of everybody, for the operator`,
    `  ${address}/account/sessions/   where you are signed in`,
    '',
    'Try',
    `  curl -b a.jar -c a.jar ${address}/visits`,
    login('a.jar', 'alice'),
    login('b.jar', 'alice'),
    `  curl -b a.jar -c a.jar ${address}/sessions`,
    `  curl -b a.jar -c a.jar -X DELETE ${address}/sessions/SESSION_ID_OF_B`,
    `  curl -b b.jar -c b.jar ${address}/me`,
    login('o.jar', 'olivia'),
    `  curl -b o.jar -c o.jar ${address}/admin/users/alice/sessions`,
    `  curl -b o.jar -c o.jar -X DELETE ${address}/admin/users/alice/sessions`,
    `  curl -b o.jar -c o.jar '${address}/admin/audit?userId=alice'`,
  ].join('\n');
}

const keptSecretNote = (dataFolder: string): string =>
  `  SESSION_SECRET is not set: cookies are signed with the one kept in ${secretFileIn(dataFolder)}`;

function placeOfSessions(configuration: Configuration): string {
  const { sessions } = configuration;
  switch (sessions.kind) {
    case 'redis':
      return withoutCredentials(sessions.url);
    case 'memory':
      return 'memory';
    case 'sql':
      return placeInSql(configuration, 'sessions');
  }
}

const placeInSql = (
  { databaseUrl, dataFolder }: Configuration,
  tables: 'audit' | 'sessions',
): string => (databaseUrl ? withoutCredentials(databaseUrl) : sqliteFileIn(dataFolder, tables));

function withoutCredentials(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

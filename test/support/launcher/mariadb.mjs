import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from './binaries.mjs';

const USER = 'gatehouse';

/** @type {import('./recipe.mjs').Recipe} */
export const mariadb = {
  name: 'mariadb',
  title: 'MariaDB',
  environmentVariable: 'MARIADB_URL',
  debianPackage: 'mariadb-server',
  systemUser: 'mysql',
  ready: /ready for connections/,
  stopSignal: 'SIGKILL',

  locate() {
    const server = findProgram(['mariadbd', 'mysqld']);
    const initialise = findProgram(['mariadb-install-db', 'mysql_install_db']);
    return server && initialise && { server, initialise };
  },

  async prepare({ programs, folder, password, execute }) {
    const options = [
      '--no-defaults',
      `--datadir=${join(folder, 'data')}`,
      '--auth-root-authentication-method=socket',
      '--skip-test-db',
    ];
    await execute(programs.initialise, options);
    await writeFile(
      join(folder, 'init.sql'),
      `CREATE USER IF NOT EXISTS '${USER}'@'%' IDENTIFIED BY '${password}';\n` +
        `GRANT ALL ON *.* TO '${USER}'@'%' WITH GRANT OPTION;\n`,
      { mode: 0o644 },
    );
  },

  // So flushed, a commit survives a killed server, but not a machine that fails.
  commandLine: ({ programs, port, folder, args }) => [
    programs.server,
    '--no-defaults',
    `--datadir=${join(folder, 'data')}`,
    `--init-file=${join(folder, 'init.sql')}`,
    `--socket=${join(folder, 's')}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    '--skip-log-bin',
    '--innodb-flush-log-at-trx-commit=2',
    '--loose-innodb-doublewrite=0',
    ...args,
  ],

  url: ({ port, password }) => `mariadb://${USER}:${password}@127.0.0.1:${port}/mysql`,

  compose: {
    port: 3306,
    url: (address, env) => `mariadb://root:${env.MARIADB_ROOT_PASSWORD}@${address}/mysql`,
  },
};

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianPostgresFolders, findProgram } from './binaries.mjs';

const USER = 'gatehouse';

/** @type {import('./recipe.mjs').Recipe} */
export const postgres = {
  name: 'postgres',
  title: 'PostgreSQL',
  environmentVariable: 'POSTGRES_URL',
  debianPackage: 'postgresql',
  systemUser: 'postgres',
  ready: /database system is ready to accept connections/,
  // An immediate shutdown: no client is waited for, and nothing is left in shared memory.
  stopSignal: 'SIGQUIT',

  locate() {
    const server = findProgram(['postgres'], debianPostgresFolders());
    const initialise = findProgram(['initdb'], debianPostgresFolders());
    return server && initialise && { server, initialise };
  },

  async prepare({ programs, folder, password, execute }) {
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, password, { mode: 0o644 });
    const options = [
      `--pgdata=${join(folder, 'data')}`,
      `--username=${USER}`,
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ];
    await execute(programs.initialise, options);
  },

  // Without fsync a commit survives a killed server, but not a machine that fails.
  commandLine: ({ programs, port, folder, args }) => [
    programs.server,
    '-D',
    join(folder, 'data'),
    `--port=${port}`,
    '--listen-addresses=127.0.0.1',
    '--unix-socket-directories=',
    '--max-connections=200',
    '--fsync=off',
    '--full-page-writes=off',
    ...args,
  ],

  url: ({ port, password }) => `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`,

  compose: {
    port: 5432,
    url: (address, env) =>
      `postgres://${env.POSTGRES_USER ?? 'postgres'}:${env.POSTGRES_PASSWORD}@${address}/postgres`,
  },
};

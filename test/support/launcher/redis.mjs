import { findProgram } from './binaries.mjs';

/** @type {import('./recipe.mjs').Recipe} */
export const redis = {
  name: 'redis',
  title: 'Redis',
  environmentVariable: 'REDIS_URL',
  debianPackage: 'redis-server',
  ready: /Ready to accept connections/,
  stopSignal: 'SIGTERM',

  locate() {
    const server = findProgram(['redis-server']);
    return server && { server };
  },

  async prepare() {},

  commandLine: ({ programs, port, folder, args }) => {
    const settings = {
      port: String(port),
      bind: '127.0.0.1',
      dir: folder,
      save: '',
      appendonly: 'no',
      daemonize: 'no',
    };
    return [
      programs.server,
      ...Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value]),
      ...args,
    ];
  },

  url: ({ port }) => `redis://127.0.0.1:${port}/0`,

  compose: { port: 6379, url: (address) => `redis://${address}/0` },
};

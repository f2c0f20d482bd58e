import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from './binaries.mjs';
import { startPrivateServer } from './private-server.mjs';
import { redis } from './redis.mjs';

const NEW_CERTIFICATE = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2';

/**
 * A Redis that takes TLS connections only, with a certificate of an authority made for it.
 *
 * @param {import('./index.mjs').PrivateServerOptions} [options]
 * @returns {Promise<import('./index.mjs').PrivateTlsServer>}
 */
export async function startPrivateTlsRedis(options) {
  let authority = '';
  const recipe = {
    ...redis,
    title: 'Redis and openssl',
    debianPackage: 'openssl',
    locate,
    prepare: async (setting) => {
      await makeCertificates(setting);
      authority = await readFile(join(setting.folder, 'ca.crt'), 'utf8');
    },
    commandLine,
    url: ({ port }) => `rediss://127.0.0.1:${port}/0`,
  };
  const server = await startPrivateServer(recipe, options);
  return Object.assign(server, { authority });
}

function locate() {
  const programs = redis.locate();
  const initialise = findProgram(['openssl']);
  return programs && initialise && { ...programs, initialise };
}

async function makeCertificates({ programs, execute }) {
  const openssl = (args) => execute(programs.initialise, args.split(' '));
  await openssl(`${NEW_CERTIFICATE} -subj /CN=authority -keyout ca.key -out ca.crt`);
  await openssl(
    `${NEW_CERTIFICATE} -subj /CN=redis -addext subjectAltName=IP:127.0.0.1 ` +
      '-CA ca.crt -CAkey ca.key -keyout redis.key -out redis.crt',
  );
}

const commandLine = (setting) => [
  ...redis.commandLine({ ...setting, port: 0 }),
  ...Object.entries({
    'tls-port': String(setting.port),
    'tls-ca-cert-file': join(setting.folder, 'ca.crt'),
    'tls-cert-file': join(setting.folder, 'redis.crt'),
    'tls-key-file': join(setting.folder, 'redis.key'),
    'tls-auth-clients': 'no',
  }).flatMap(([key, value]) => [`--${key}`, value]),
];

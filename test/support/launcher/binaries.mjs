import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { run } from './processes.mjs';

const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';

/** The path of the first of these programs that is in `folders`, on PATH or in a system folder. */
export function findProgram(names, folders = []) {
  const path = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return [...folders, ...path, ...SYSTEM_FOLDERS]
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find(isExecutable);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Where Debian keeps PostgreSQL's programs, which are not on PATH; newest version first. */
export function debianPostgresFolders() {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .sort((left, right) => Number(right) - Number(left))
    .map((version) => join(root, version, 'bin'));
}

export const canInstall = () =>
  process.getuid?.() === 0 &&
  existsSync('/etc/debian_version') &&
  findProgram(['apt-get']) !== undefined;

let installing = Promise.resolve();

/** Installs a Debian package, one at a time because apt holds a lock. */
export function install(debianPackage) {
  const turn = installing.then(() => installNow(debianPackage));
  installing = turn.catch(() => undefined);
  return turn;
}

async function installNow(debianPackage) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  console.log(`Installing ${debianPackage} for the tests`);
  const allowServices = await forbidServices();
  try {
    await run('apt-get', ['update', '-qq'], { env });
    await run('apt-get', ['install', '-y', '-qq', debianPackage], { env });
  } finally {
    await allowServices();
  }
}

/** Keeps a package from starting its own service: the tests use a private instance. */
async function forbidServices() {
  if (existsSync(SERVICE_POLICY)) return async () => undefined;
  await writeFile(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return () => rm(SERVICE_POLICY, { force: true });
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { resolveKeyRing, type AuditKey, type AuditKeyRing } from '../audit/audit-key-ring.js';
import { SessionConfigInvalidError } from '../core/errors.js';
import { CliError } from './cli-error.js';

export interface Settings {
  readonly database:
    | { readonly type: 'postgres' | 'mariadb'; readonly url: string }
    | { readonly type: 'better-sqlite3'; readonly database: string };
  readonly keys: AuditKeyRing;
  readonly redis: { readonly url: string; readonly prefix: string } | undefined;
}

const AUDIT_FILE = 'audit.sqlite';
const NOT_KEYED = 'none';

/** @throws CliError that names the variable */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const { DATABASE_URL, DATA_FOLDER, AUDIT_KEYS, REDIS_URL, REDIS_PREFIX } = environment;
  return {
    database: DATABASE_URL ? serverAt(DATABASE_URL) : fileIn(DATA_FOLDER || './data'),
    keys: keysIn(AUDIT_KEYS),
    redis: REDIS_URL ? { url: redisAt(REDIS_URL), prefix: REDIS_PREFIX || 'gh' } : undefined,
  };
}

function serverAt(url: string): Settings['database'] {
  switch (schemeOf(url)) {
    case 'postgres:':
    case 'postgresql:':
      return { type: 'postgres', url };
    case 'mariadb:':
      return { type: 'mariadb', url };
    default:
      throw new CliError('DATABASE_URL must begin with postgres:// or mariadb://');
  }
}

function fileIn(folder: string): Settings['database'] {
  const database = join(folder, AUDIT_FILE);
  if (!existsSync(database))
    throw new CliError(`DATABASE_URL is not set, and there is no ${database}`);
  return { type: 'better-sqlite3', database };
}

function redisAt(url: string): string {
  if (['redis:', 'rediss:'].includes(schemeOf(url))) return url;
  throw new CliError('REDIS_URL must begin with redis:// or rediss://');
}

const schemeOf = (url: string): string => (URL.canParse(url) ? new URL(url).protocol : '');

function keysIn(text: string | undefined): AuditKeyRing {
  if (!text)
    throw new CliError(`AUDIT_KEYS is not set; it is ${NOT_KEYED} where the chain is not keyed`);
  try {
    return resolveKeyRing(text === NOT_KEYED ? undefined : text.split(',').map(keyIn));
  } catch (error) {
    if (error instanceof SessionConfigInvalidError)
      throw new CliError(`AUDIT_KEYS: ${error.option} ${error.rule}`, { cause: error });
    throw error;
  }
}

/** A key may have `=` in it, as base64 does; an id may not. */
function keyIn(pair: string): AuditKey {
  const end = pair.indexOf('=');
  if (end < 0) throw new CliError('AUDIT_KEYS must be keyId=key, with commas between several');
  return { keyId: pair.slice(0, end).trim(), key: pair.slice(end + 1).trim() };
}

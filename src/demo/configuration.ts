import { randomBytes } from 'node:crypto';

/** What the environment decides; everything else is written where it is used. */
export interface Configuration {
  /** Default: `127.0.0.1`, so that only this machine gets in. */
  readonly host: string;
  readonly port: number;
  readonly isProduction: boolean;
  readonly sessionSecret: string;
  /** No secret was given, so another start or another process does not know this one's cookies. */
  readonly isSecretRandom: boolean;
  /** Default: sessions live in the memory of the process. */
  readonly redisUrl: string | undefined;
  /** Where the SQLite file is. Default: `./data`. */
  readonly dataFolder: string;
  /** Default: the audit is in a SQLite file. */
  readonly databaseUrl: string | undefined;
  /** Default: the audit chain is not keyed, which production refuses. */
  readonly auditKey: string | undefined;
}

/** @throws Error where the environment does not make sense */
export function readConfiguration(environment: NodeJS.ProcessEnv): Configuration {
  const { HOST, PORT, NODE_ENV, SESSION_SECRET, AUDIT_KEY } = environment;
  const { REDIS_URL, DATABASE_URL, DATA_FOLDER } = environment;
  const isProduction = NODE_ENV === 'production';
  if (isProduction && !SESSION_SECRET) throw new Error('SESSION_SECRET is needed in production');
  return {
    host: HOST || '127.0.0.1',
    port: parsePort(PORT || '3000'),
    isProduction,
    sessionSecret: SESSION_SECRET || randomBytes(32).toString('base64url'),
    isSecretRandom: !SESSION_SECRET,
    redisUrl: REDIS_URL || undefined,
    dataFolder: DATA_FOLDER || './data',
    databaseUrl: DATABASE_URL || undefined,
    auditKey: AUDIT_KEY || undefined,
  };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`PORT must be a whole number from 0 to 65535; got ${JSON.stringify(text)}`);
}

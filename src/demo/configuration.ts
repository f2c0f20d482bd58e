/** What the environment decides; everything else is written where it is used. */
export interface Configuration {
  /** Default: `127.0.0.1`, so that only this machine gets in. */
  readonly host: string;
  readonly port: number;
  readonly isProduction: boolean;
  /** Default: one made at the first start and kept in the data folder, which production refuses. */
  readonly sessionSecret: string | undefined;
  /** Default: with the audit, in SQL. */
  readonly sessions: SessionPlace;
  /** Where the SQLite files and the secret are. Default: `./data`. */
  readonly dataFolder: string;
  /** Default: SQLite, in files. */
  readonly databaseUrl: string | undefined;
  /** Default: the audit chain is not keyed, which production refuses. */
  readonly auditKey: string | undefined;
}

export type SessionPlace =
  | { readonly kind: 'redis'; readonly url: string }
  | { readonly kind: 'memory' }
  | { readonly kind: 'sql' };

/** @throws Error where the environment does not make sense */
export function readConfiguration(environment: NodeJS.ProcessEnv): Configuration {
  const { HOST, PORT, NODE_ENV, SESSION_SECRET, AUDIT_KEY } = environment;
  const { DATABASE_URL, DATA_FOLDER } = environment;
  const isProduction = NODE_ENV === 'production';
  if (isProduction && !SESSION_SECRET) throw new Error('SESSION_SECRET is needed in production');
  return {
    host: HOST || '127.0.0.1',
    port: parsePort(PORT || '3000'),
    isProduction,
    sessionSecret: SESSION_SECRET || undefined,
    sessions: placeOfSessions(environment),
    dataFolder: DATA_FOLDER || './data',
    databaseUrl: DATABASE_URL || undefined,
    auditKey: AUDIT_KEY || undefined,
  };
}

function placeOfSessions({ REDIS_URL, MEMORY }: NodeJS.ProcessEnv): SessionPlace {
  if (MEMORY && MEMORY !== '0' && MEMORY !== '1')
    throw new Error(`MEMORY must be 0 or 1; got ${JSON.stringify(MEMORY)}`);
  if (REDIS_URL) return { kind: 'redis', url: REDIS_URL };
  return { kind: MEMORY === '1' ? 'memory' : 'sql' };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`PORT must be a whole number from 0 to 65535; got ${JSON.stringify(text)}`);
}

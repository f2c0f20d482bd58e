interface Connection {
  on(event: 'error', listener: () => void): unknown;
}

interface Pool {
  on(event: 'connect', listener: (connection: Connection) => void): unknown;
}

const watched = new WeakSet<Pool>();

/**
 * From when pg-pool hands out a new connection until TypeORM has taken it over, nobody listens to
 * it. PostgreSQL dying at that moment would be an unhandled `error`, and end the process. Takes the
 * driver of a DataSource of any kind that is initialized; safe to repeat.
 */
export function outliveConnections(driver: object): void {
  const { master, slaves = [] } = driver as { master?: unknown; slaves?: readonly unknown[] };
  for (const pool of [master, ...slaves]) {
    if (!isPool(pool) || watched.has(pool)) continue;
    watched.add(pool);
    pool.on('connect', (connection) => connection.on('error', () => undefined));
  }
}

const isPool = (pool: unknown): pool is Pool =>
  typeof pool === 'object' && pool !== null && 'on' in pool && typeof pool.on === 'function';

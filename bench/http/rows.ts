/** One line of the table: a server, and the path it is asked for. */
export interface Row {
  readonly name: string;
  readonly title: string;
  /** Server to run, as `servers/main.ts` calls it. */
  readonly server: string;
  readonly path: string;
}

const row = (name: string, title: string, rest: Partial<Row> = {}): Row => ({
  name,
  title,
  server: name,
  path: '/me',
  ...rest,
});

const atData = { path: '/me/data' };

export const ROWS: readonly Row[] = [
  row('bare', 'Nest on Express 5, bare'),
  row('jwt', 'JWT verified in a guard (jose, HS256)'),
  row('memory', 'express-session + its memory store'),
  row('connect-redis', 'express-session + connect-redis'),
  row('better-auth', 'better-auth with Redis'),
  row('better-auth-cache', 'better-auth with Redis, cookie cache'),
  row('iron-session', 'iron-session'),
  row('strict', 'nestjs-gatehouse with Redis'),
  row('strict-data', 'the same, and the handler reads `req.session`', {
    server: 'strict',
    ...atData,
  }),
  row('near', 'nestjs-gatehouse with Redis, near cache'),
  row('near-data', 'the same, and the handler reads `req.session`', { server: 'near', ...atData }),
];

/** What added latency is measured of, and what counts are held against. */
export const PRINCIPAL_ROWS: readonly string[] = ['bare', 'connect-redis', 'strict', 'near'];

/** Ours, whose counts are held to bounds. */
export const COUNTED_ROWS: readonly string[] = ['strict', 'near'];

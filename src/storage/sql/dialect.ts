/** What the three databases spell differently. Everything else in here is the same SQL for all. */
export interface Dialect {
  readonly name: 'SQLite' | 'PostgreSQL' | 'MariaDB';
  /** Quoted, with the schema where the DataSource names one. */
  readonly tablePath: (table: string) => string;
  /** `position` counts from 1. */
  readonly placeholder: (position: number) => string;
  /** Ends a select whose rows nobody else may change before the transaction is over. */
  readonly forUpdate: string;
  /** The same, leaving out rows that another transaction has. */
  readonly forUpdateSkipLocked: string;
  readonly onConflict: (key: string) => string;
  /** What stands before, between and after two texts to be joined. */
  readonly concat: readonly [before: string, between: string, after: string];
  /** Makes texts compare byte by byte, whatever the database's collation. */
  readonly byBytes: (expression: string) => string;
  /** The database's own clock in milliseconds. */
  readonly clock: string;
}

export type SpelledWords = Omit<Dialect, 'tablePath'>;

export const SQLITE: SpelledWords = {
  name: 'SQLite',
  placeholder: () => '?',
  // A transaction that writes has the whole database to itself.
  forUpdate: '',
  forUpdateSkipLocked: '',
  onConflict: (key) => `on conflict (${key}) do update set`,
  concat: ['', ' || ', ''],
  byBytes: (expression) => expression,
  clock: "unixepoch('subsec') * 1000",
};

export const POSTGRES: SpelledWords = {
  ...SQLITE,
  name: 'PostgreSQL',
  placeholder: (position) => `$${position}`,
  forUpdate: 'for update',
  forUpdateSkipLocked: 'for update skip locked',
  byBytes: (expression) => `${expression} collate "C"`,
  clock: 'extract(epoch from clock_timestamp()) * 1000',
};

export const MARIADB: SpelledWords = {
  ...POSTGRES,
  name: 'MariaDB',
  placeholder: () => '?',
  onConflict: () => 'on duplicate key update',
  concat: ['concat(', ', ', ')'],
  byBytes: (expression) => expression,
  clock: "timestampdiff(microsecond, '1970-01-01', utc_timestamp(6)) / 1000",
};

import type { Dialect } from './dialect.js';

/** What a placeholder may stand for. */
export type SqlValue = string | number | null;

/** A place whose text each dialect spells in its own way. */
type Spelling = (dialect: Dialect) => string;

type Part = string | { readonly value: SqlValue } | Spelling;

/** SQL with its values apart, complete or a piece of one, that no dialect has spelled out yet. */
export class Statement {
  constructor(readonly parts: readonly Part[]) {}
}

export interface RenderedStatement {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/** Values become placeholders, statements are put in place; nothing else can get into the text. */
export function sql(
  strings: TemplateStringsArray,
  ...inserted: readonly (SqlValue | Statement)[]
): Statement {
  const parts = strings.flatMap((text, position): readonly Part[] => {
    const next = inserted[position];
    if (position >= inserted.length || next === undefined) return [text];
    return [text, ...(next instanceof Statement ? next.parts : [{ value: next }])];
  });
  return new Statement(parts);
}

export const spelled = (spelling: Spelling): Statement => new Statement([spelling]);

/** A piece of SQL of the code's own. */
export const text = (words: string): Statement => new Statement([words]);

export const table = (name: string): Statement => spelled((dialect) => dialect.tablePath(name));

export const listOf = (items: readonly (SqlValue | Statement)[]): Statement =>
  new Statement(
    items.flatMap((item, position) => [
      ...(position === 0 ? [] : [', ']),
      ...(item instanceof Statement ? item.parts : [{ value: item }]),
    ]),
  );

/** Column names are the code's own, so they go into the text as they are. */
export type Columns = Readonly<Record<string, SqlValue | Statement>>;

/** One statement; every row has the columns of the first. */
export function insertInto(target: Statement, rows: readonly Columns[]): Statement {
  const columns = Object.keys(rows[0]!);
  const tuples = rows.map((row) => sql`(${listOf(columns.map((column) => row[column]!))})`);
  return sql`insert into ${target} (${text(columns.join(', '))}) values ${listOf(tuples)}`;
}

/** `set` clauses of an update. */
export const assignments = (columns: Columns): Statement =>
  listOf(Object.entries(columns).map(([column, value]) => sql`${text(column)} = ${value}`));

export function render({ parts }: Statement, dialect: Dialect): RenderedStatement {
  const values: SqlValue[] = [];
  const words = parts.map((part) => {
    if (typeof part === 'string') return part;
    if (typeof part === 'function') return part(dialect);
    return dialect.placeholder(values.push(part.value));
  });
  return { text: words.join('').replace(/\s+/g, ' ').trim(), values };
}

import type { Dialect } from './dialect.js';
import { POSTGRES, SQLITE } from './dialect.js';
import { byBytes, concat } from './spellings.js';
import { assignments, insertInto, listOf, render, sql, table } from './sql.js';

const sqlite: Dialect = { ...SQLITE, tablePath: (name) => `"${name}"` };
const postgres: Dialect = { ...POSTGRES, tablePath: (name) => `"app"."${name}"` };

describe('a statement', () => {
  it('keeps values out of its text, in their order', () => {
    const statement = sql`select ${'a'} where x = ${1} and y = ${null}`;

    expect(render(statement, sqlite)).toEqual({
      text: 'select ? where x = ? and y = ?',
      values: ['a', 1, null],
    });
    expect(render(statement, postgres).text).toBe('select $1 where x = $2 and y = $3');
  });

  it('counts through the statements that are put into it', () => {
    const inner = sql`b = ${2} or c in (${listOf([3, sql`(${4})`, 5])})`;

    expect(render(sql`a = ${1} and (${inner}) and d = ${6}`, postgres)).toEqual({
      text: 'a = $1 and (b = $2 or c in ($3, ($4), $5)) and d = $6',
      values: [1, 2, 3, 4, 5, 6],
    });
  });

  it('takes hostile values for what they are', () => {
    const hostile = "'; drop table users; -- ${x} ? $1";

    expect(render(sql`select ${hostile}`, postgres)).toEqual({
      text: 'select $1',
      values: [hostile],
    });
  });

  it('is spelled by the dialect, which knows where tables are', () => {
    const statement = sql`select * from ${table('t')} order by ${byBytes('id')}`;

    expect(render(statement, sqlite).text).toBe('select * from "t" order by id');
    expect(render(statement, postgres).text).toBe(
      'select * from "app"."t" order by id collate "C"',
    );
  });

  it('inserts rows in the order of the first one’s columns', () => {
    const rows = [
      { a: 1, b: sql`${2} + ${3}` },
      { b: 5, a: 4 },
    ];

    expect(render(insertInto(table('t'), rows), sqlite)).toEqual({
      text: 'insert into "t" (a, b) values (?, ? + ?), (?, ?)',
      values: [1, 2, 3, 4, 5],
    });
  });

  it('assigns columns values and expressions', () => {
    const columns = assignments({ a: null, b: concat('x.', 'id') });

    expect(render(sql`update t set ${columns}`, sqlite)).toEqual({
      text: 'update t set a = ?, b = ? || id',
      values: [null, 'x.'],
    });
  });
});

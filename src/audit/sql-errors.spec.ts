import { MalformedEventError } from './audit-row.js';
import { errorCodeOf, isDeadlock, isDuplicateKey, isRefusedContent } from './sql-errors.js';

const fromDriver = (facts: object): Error =>
  Object.assign(new Error('query failed'), { driverError: Object.assign(new Error(), facts) });

describe('an error of a database', () => {
  it.each([
    [{ code: 'SQLITE_CONSTRAINT_UNIQUE' }],
    [{ code: 'SQLITE_CONSTRAINT_PRIMARYKEY' }],
    [{ code: '23505' }],
    [{ code: 'ER_DUP_ENTRY', sqlState: '23000' }],
  ])('with %j is a duplicate and nothing else', (facts) => {
    const error = fromDriver(facts);

    expect([isDuplicateKey(error), isRefusedContent(error), isDeadlock(error)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it.each([
    [{ code: '22021' }],
    [{ code: '22001' }],
    [{ code: '23514' }],
    [{ code: '54000' }],
    [{ code: 'ER_DATA_TOO_LONG', sqlState: '22001' }],
    [{ code: 'ER_CONSTRAINT_FAILED', sqlState: '23000' }],
    [{ code: 'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD', sqlState: 'HY000' }],
    [{ code: 'SQLITE_CONSTRAINT_NOTNULL' }],
    [{ code: 'SQLITE_TOOBIG' }],
  ])('with %j is about the content', (facts) => {
    expect(isRefusedContent(fromDriver(facts))).toBe(true);
  });

  it.each([
    [{ code: 'ECONNREFUSED' }],
    [{ code: '57P01' }],
    [{ code: '53100' }],
    [{ code: '42P01' }],
    [{ code: '25006' }],
    [{ code: '40P01' }],
    [{ code: 'ER_NO_SUCH_TABLE', sqlState: '42S02' }],
    [{ code: 'ER_LOCK_DEADLOCK', sqlState: '40001' }],
    [{ code: 'PROTOCOL_CONNECTION_LOST' }],
    [{ code: 'SQLITE_BUSY' }],
    [{ code: 'SQLITE_FULL' }],
    [{}],
  ])('with %j is worth another try', (facts) => {
    const error = fromDriver(facts);

    expect([isDuplicateKey(error), isRefusedContent(error)]).toEqual([false, false]);
  });

  it('is about the content where we would not even send it', () => {
    expect(isRefusedContent(new MalformedEventError('occurredAt'))).toBe(true);
  });

  it.each<[string, unknown]>([
    ['23505', fromDriver({ code: '23505' })],
    ['ECONNREFUSED', Object.assign(new Error(), { code: 'ECONNREFUSED' })],
    ['TypeError', new TypeError('secret')],
    ['UNKNOWN', 'text'],
    ['UNKNOWN', undefined],
  ])('is called %s', (code, error) => {
    expect(errorCodeOf(error)).toBe(code);
  });
});

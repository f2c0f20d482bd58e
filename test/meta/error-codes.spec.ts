import type { SessionError } from '../../src/core/errors.js';
import { httpErrorOf } from '../../src/express/http-error.js';
import type { SessionErrorCode } from '../../src/index.js';
import { membersOfUnion, readText, tableUnder } from './documents.js';

const statusOf = (code: string): number =>
  httpErrorOf({ code: code as SessionErrorCode, message: '' } as SessionError).statusCode;

describe('the error codes', () => {
  it('stand in the table of README with their HTTP statuses, and no others do', () => {
    const codes = membersOfUnion('src/core/errors.ts', 'SessionErrorCode');

    const documented = tableUnder(readText('README.md'), '## Error codes');

    expect(documented.map(([code, status]) => [code, status])).toEqual(
      codes.map((code) => [code, String(statusOf(code))]),
    );
  });
});

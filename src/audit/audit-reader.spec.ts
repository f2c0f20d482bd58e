import { AuditUnavailableError, SessionInputInvalidError } from '../core/errors.js';
import { AuditReader } from './audit-reader.js';

const refused = Object.assign(new Error('connect postgres://user:password@host'), {
  code: 'ECONNREFUSED',
});
const fail = (error: Error) => () => Promise.reject(error);

describe('the audit reader', () => {
  let lines: string[];
  let reader: AuditReader;

  beforeEach(() => {
    lines = [];
    const logger = {
      log: (line: string) => void lines.push(line),
      warn: (line: string) => void lines.push(line),
    };
    reader = new AuditReader({ timeoutMs: 20, logger });
  });

  it('hands on the answer', async () => {
    expect(await reader.ask('find', async () => 7)).toBe(7);
  });

  it('tells by one code that the database has failed, and keeps its words out of the message', async () => {
    const asking = reader.ask('find', fail(refused));

    await expect(asking).rejects.toMatchObject({
      code: 'AUDIT_UNAVAILABLE',
      message: "The audit's database failed during find",
      cause: refused,
    });
  });

  it('waits no longer than its timeout', async () => {
    const asking = reader.ask('tally', () => new Promise(() => undefined));

    await expect(asking).rejects.toBeInstanceOf(AuditUnavailableError);
  });

  it('lets a refusal of the input pass', async () => {
    const refusal = new SessionInputInvalidError('maxFindings', 'must be at least 1');

    await expect(reader.follow('verify', fail(refusal))).rejects.toBe(refusal);
  });

  it('lets the reason pass for which a signal has stopped it', async () => {
    const stop = new AbortController();
    stop.abort(new Error('the job is over'));
    const work = async () => stop.signal.throwIfAborted();

    await expect(reader.follow('verify', work, stop.signal)).rejects.toBe(stop.signal.reason);
    expect(lines).toEqual([]);
  });

  it('logs an outage once when it begins and once when it is over', async () => {
    for (const work of [fail(refused), fail(refused), async () => 1, async () => 1])
      await reader.ask('find', work).catch(() => undefined);

    expect(lines).toEqual([
      'The audit cannot be read: ECONNREFUSED',
      'The audit can be read again',
    ]);
  });
});

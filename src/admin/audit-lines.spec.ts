import type { AuditEventView } from './admin-views.js';
import { linesOf, type ExportFormat } from './audit-lines.js';

const EVENT: AuditEventView = {
  eventId: 'event',
  type: 'session.created',
  occurredAt: '2026-11-22T10:00:00.000Z',
  recordedAt: '2026-11-22T10:00:01.000Z',
  outcome: 'success',
  reason: null,
  initiator: 'user',
  actorId: null,
  tenantId: 'acme',
  userId: 'alice',
  sessionId: null,
  requestId: null,
  ip: '192.0.2.1',
  userAgent: null,
  methods: ['pwd'],
  details: null,
  chain: 7,
  chainSeq: 1,
};

async function textOf(changes: Partial<AuditEventView>, format: ExportFormat): Promise<string> {
  async function* events() {
    yield { ...EVENT, ...changes };
  }
  let text = '';
  for await (const line of linesOf(events(), format)) text += line;
  return text;
}

describe('an export of audit events', () => {
  it('is one JSON text a line', async () => {
    const text = await textOf({ userAgent: 'a\nb' }, 'jsonl');

    expect(text.split('\n')).toHaveLength(2);
    expect(JSON.parse(text)).toEqual({ ...EVENT, userAgent: 'a\nb' });
  });

  it('names the columns of CSV, and ends lines as RFC 4180 says', async () => {
    const [names, event, rest] = (await textOf({}, 'csv')).split('\r\n');

    expect(names).toBe(Object.keys(EVENT).join(','));
    expect(event).toBe(
      '"event","session.created","2026-11-22T10:00:00.000Z","2026-11-22T10:00:01.000Z","success",,"user",,"acme","alice",,,"192.0.2.1",,"[""pwd""]",,7,1',
    );
    expect(rest).toBe('');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])(
    'keeps %j from being a formula',
    async (userAgent) => {
      expect(await textOf({ userAgent }, 'csv')).toContain(`"'${userAgent}"`);
    },
  );

  it('keeps quotes, commas and line ends inside a cell', async () => {
    expect(await textOf({ userId: 'a"b,c\r\nd' }, 'csv')).toContain('"a""b,c\r\nd"');
  });
});

import type { AuditEventView } from './admin-views.js';

export const EXPORT_FORMATS = ['jsonl', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const CONTENT_TYPES: Readonly<Record<ExportFormat, string>> = {
  jsonl: 'application/jsonl; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
};

const COLUMNS = [
  'eventId',
  'type',
  'occurredAt',
  'recordedAt',
  'outcome',
  'reason',
  'initiator',
  'actorId',
  'tenantId',
  'userId',
  'sessionId',
  'requestId',
  'ip',
  'userAgent',
  'methods',
  'details',
  'chain',
  'chainSeq',
] as const satisfies readonly (keyof AuditEventView)[];

const END = '\r\n';

/** A line for each event and, of CSV, one before with the names of the columns. */
export async function* linesOf(
  events: AsyncIterable<AuditEventView>,
  format: ExportFormat,
): AsyncGenerator<string> {
  if (format === 'csv') yield `${COLUMNS.join(',')}${END}`;
  for await (const event of events)
    yield format === 'csv' ? csvLineOf(event) : `${JSON.stringify(event)}\n`;
}

/** RFC 4180. */
const csvLineOf = (event: AuditEventView): string =>
  `${COLUMNS.map((column) => cellOf(event[column])).join(',')}${END}`;

function cellOf(value: AuditEventView[keyof AuditEventView]): string {
  if (value === null) return '';
  if (typeof value === 'number') return `${value}`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `"${harmless(text).replaceAll('"', '""')}"`;
}

/** A spreadsheet would take what begins so for a formula, and a stranger may have chosen it (OWASP, CSV injection). */
const harmless = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

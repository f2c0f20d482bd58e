import { AuditEventRow } from '../../src/audit/audit-event-row.entity.js';
import { requireThat } from './domain.js';
import { holdsSecret } from './secrets.js';
import { DATA_MARKER } from './target-controller.js';

const CONTROL_CHARACTERS = /\p{Cc}/u;
const MAX_LOG_LINE = 1_024;
/** Of the texts in JSON columns; the others have the length of their column. */
const MAX_JSON_TEXT = 1_024;
const MAX_CHARACTERS: Readonly<Record<string, number>> = {
  eventId: 64,
  type: 64,
  sessionId: 64,
  userAgent: 512,
  methods: MAX_JSON_TEXT,
  details: MAX_JSON_TEXT,
};
const OTHER_COLUMNS = 255;

/** @throws Violation for a text that could forge a line, tell a secret, or be too long */
export function requirePlain(what: string, text: string, maxCharacters: number): void {
  const shown = `${what}: ${JSON.stringify(text.slice(0, 200))}`;
  requireThat(!CONTROL_CHARACTERS.test(text), `nothing is written unescaped, ${shown}`);
  requireThat(text.isWellFormed(), `nothing is written that UTF-8 cannot hold, ${shown}`);
  requireThat(text.length <= maxCharacters, `what is written is capped, ${shown}`);
  requireThat(!text.includes(DATA_MARKER), `session data are written nowhere else, ${shown}`);
  requireThat(!holdsSecret(text), `tokens and their hashes are written nowhere, ${shown}`);
}

export const requirePlainLine = (line: string): void => requirePlain('log', line, MAX_LOG_LINE);

export function requirePlainRow(row: AuditEventRow): void {
  for (const [column, value] of Object.entries(row))
    for (const text of textsIn(value))
      requirePlain(column, text, MAX_CHARACTERS[column] ?? OTHER_COLUMNS);
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...textsIn(item)]);
}

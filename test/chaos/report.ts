import type { FaultResult } from './run-fault.js';

const COLUMNS: readonly (readonly [string, (result: FaultResult) => string])[] = [
  ['fault', ({ fault }) => fault],
  ['requests', ({ requests }) => String(requests)],
  ['errors by code', ({ errors }) => errorsOf(errors)],
  ['longest wait', ({ longestWaitMs }) => `${longestWaitMs} ms`],
  ['recovered in', ({ recoveredMs }) => `${recoveredMs} ms`],
  ['audited in', ({ auditedMs }) => `${auditedMs} ms`],
  ['kills undone', ({ killsUndone }) => String(killsUndone)],
  ['changes lost', ({ sessionsLost, writesLost }) => String(sessionsLost + writesLost)],
  ['audit lost', ({ auditLost }) => String(auditLost)],
  ['audit doubled', ({ auditDoubled }) => String(auditDoubled)],
  ['', ({ violations }) => (violations.length === 0 ? 'ok' : 'VIOLATED')],
];

const errorsOf = (errors: FaultResult['errors']): string =>
  Object.entries(errors)
    .map(([code, count]) => `${code.replace(' SESSION_STORE_UNAVAILABLE', '')} ×${count}`)
    .join(', ') || 'none';

/** A Markdown table, and below it what has to be said in words. */
export function reportOf(results: readonly FaultResult[]): string {
  const rows = [
    COLUMNS.map(([title]) => title),
    ...results.map((result) => COLUMNS.map(([, cell]) => cell(result))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const lineOf = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const ruler = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  const [head, ...body] = rows.map(lineOf);
  const words = results.flatMap(({ fault, notes, violations }) => [
    ...notes.map((note) => `${fault}: ${note}`),
    ...violations.map((violation) => `${fault}: VIOLATED: ${violation}`),
  ]);
  return [head, ruler, ...body, ...(words.length > 0 ? ['', ...words] : [])].join('\n');
}

export interface Figures {
  readonly faults: number;
  readonly survived: number;
  readonly auditLost: number;
  readonly auditDoubled: number;
  readonly killsUndone: number;
  readonly longestWaitMs: number;
  readonly longestRecoveryMs: number;
  readonly requests: number;
}

/** Over all faults; what only weaker persistence may lose is in the table and not in here. */
export function figuresOf(results: readonly FaultResult[]): Figures {
  const kept = results.filter(({ keeps }) => keeps === 'everything');
  const sum = (of: readonly FaultResult[], value: (result: FaultResult) => number): number =>
    of.reduce((total, result) => total + value(result), 0);
  const most = (value: (result: FaultResult) => number): number =>
    Math.max(0, ...results.map(value));
  return {
    faults: new Set(results.map(({ fault }) => fault)).size,
    survived: new Set(results.map(({ fault }) => fault)).size - failedIn(results).size,
    auditLost: sum(kept, ({ auditLost }) => auditLost),
    auditDoubled: sum(results, ({ auditDoubled }) => auditDoubled),
    killsUndone: sum(kept, ({ killsUndone }) => killsUndone),
    longestWaitMs: most(({ longestWaitMs }) => longestWaitMs),
    longestRecoveryMs: most(({ recoveredMs }) => recoveredMs),
    requests: sum(results, ({ requests }) => requests),
  };
}

const failedIn = (results: readonly FaultResult[]): ReadonlySet<string> =>
  new Set(results.filter(({ violations }) => violations.length > 0).map(({ fault }) => fault));

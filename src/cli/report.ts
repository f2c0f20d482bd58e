import type { AuditFinding } from '../audit/audit-finding.js';
import type { AuditVerification } from '../audit/audit-verification.js';
import { cleanText } from '../core/audit/audit-text.js';

const MEANING: Readonly<Record<AuditFinding['code'], string>> = {
  changed: 'is not as it was written',
  'personal-changed': 'has other personal values than were written',
  inserted: 'was written by nobody with a key',
  moved: 'has another number than it was written with',
  deleted: 'is missing',
  'cut-off': 'is missing from the end',
  unlinked: 'does not follow the row before it',
  'anchor-mismatch': 'is not the one that was anchored',
  'unknown-key': 'is under a key that was not given',
  'checkpoint-changed': 'is where a purge is said to have ended, by nobody with a key',
};

/** For people. What stands in the rows is made harmless to a terminal. */
export function reportOf(verification: AuditVerification): string {
  const { rows, chains, findings, findingCount, pseudonymised, unanchored } = verification;
  const unlisted = findingCount - findings.length;
  const lines = [
    `${findingCount === 0 ? 'Nothing is wrong' : `Broken: ${findingCount} findings`} in ${rows} rows of ${chains} chains.`,
    ...findings.map(lineOf),
    ...(unlisted > 0 ? [`  … and ${unlisted} more`] : []),
    ...(pseudonymised > 0 ? [`${pseudonymised} rows are pseudonymised, as recorded.`] : []),
    ...(unanchored.length > 0
      ? [
          `The end of ${unanchored.length} chains is anchored nowhere: if rows were cut off there, it does not show.`,
        ]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

function lineOf(finding: AuditFinding): string {
  const { chain, chainSeq, code } = finding;
  const isStretch = 'lastSeq' in finding && finding.lastSeq > chainSeq;
  const rows = isStretch ? `rows ${chainSeq} to ${finding.lastSeq}` : `row ${chainSeq}`;
  const eventId =
    'eventId' in finding && finding.eventId !== undefined ? ` (${cleanText(finding.eventId)})` : '';
  return `  chain ${chain}, ${rows}${eventId}: ${code}, ${MEANING[code]}${detailOf(finding)}`;
}

function detailOf(finding: AuditFinding): string {
  if (finding.code === 'moved') return `, which was ${finding.belongsAt}`;
  return finding.code === 'unknown-key' ? `: ${cleanText(finding.keyId)}` : '';
}

import type { AuditEventRow } from './audit-event-row.entity.js';
import type { AuditPages } from './audit-pages.js';
import { SEAL_REACH, type AuditSeals } from './audit-seals.js';
import { pseudonymIn, rangesIn, type NumberRange } from './pseudonym.js';

/** The rows of one page whose personal values were replaced by an `audit.pseudonymised` event. */
export class PseudonymLicences {
  private readonly ranges = new Map<string, NumberRange[]>();

  /** `chainSeq` is the number that the row was written with. */
  has(row: AuditEventRow, chainSeq: number): boolean {
    const pseudonym = pseudonymIn(row);
    const ranges = pseudonym === undefined ? [] : (this.ranges.get(pseudonym) ?? []);
    return ranges.some(([first, last]) => first <= chainSeq && chainSeq <= last);
  }

  /** Reads what may concern the rows, and keeps no more of it. */
  static async read(
    pages: AuditPages,
    seals: AuditSeals,
    rows: readonly AuditEventRow[],
  ): Promise<PseudonymLicences> {
    const licences = new PseudonymLicences();
    const pseudonyms = new Set(rows.flatMap((row) => pseudonymIn(row) ?? []));
    if (pseudonyms.size === 0) return licences;
    const [first, last] = [rows[0]!, rows.at(-1)!];
    const isNear = ([from, to]: NumberRange): boolean =>
      to >= first.chainSeq - SEAL_REACH && from <= last.chainSeq + SEAL_REACH;
    for await (const event of pages.pseudonymisations(first.chain, [...pseudonyms]))
      if (seals.isGenuine(event) && seals.isPersonalGenuine(event))
        licences.add(event, rangesOf(event).filter(isNear));
    return licences;
  }

  private add({ userId }: AuditEventRow, ranges: readonly NumberRange[]): void {
    this.ranges.set(userId!, [...(this.ranges.get(userId!) ?? []), ...ranges]);
  }
}

const rangesOf = ({ details }: AuditEventRow): readonly NumberRange[] => {
  const rows = details?.['rows'];
  return typeof rows === 'string' ? rangesIn(rows) : [];
};

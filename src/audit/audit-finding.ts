interface Place {
  readonly chain: number;
  readonly chainSeq: number;
}

interface Row extends Place {
  readonly eventId: string;
}

/** From `chainSeq` to here, both included; what else is told is of the first. */
interface Stretch {
  readonly lastSeq: number;
}

/**
 * One thing that is wrong with the audit.
 *
 * - `changed`: a row is not as it was written. One that was put in place of a deleted row is told so too.
 * - `personal-changed`: only its personal values are not, and nothing recorded allows for it.
 * - `inserted`: nobody with a key has written the row, and there is no room for it in the chain.
 * - `moved`: rows as they were written, but for their numbers; the first had `belongsAt`.
 * - `deleted`: rows are missing between others, or from the beginning, and no purge is recorded.
 * - `cut-off`: rows are missing from the end, up to where the chain was anchored.
 * - `unlinked`: the row is as it was written, but behind another row than the one before it.
 * - `anchor-mismatch`: the row is not the one that was anchored at its place.
 * - `unknown-key`: rows under a key that is not in the key ring, of which nothing can be told.
 * - `checkpoint-changed`: the record of a purge was not written with one of the keys, and does not count.
 */
export type AuditFinding =
  | (Row & { readonly code: 'changed' | 'personal-changed' | 'inserted' | 'unlinked' })
  | (Row & Stretch & { readonly code: 'moved'; readonly belongsAt: number })
  | (Row & Stretch & { readonly code: 'unknown-key'; readonly keyId: string })
  | (Place & Stretch & { readonly code: 'deleted' | 'cut-off' })
  /** `eventId` is missing where the row was purged. */
  | (Place & { readonly code: 'anchor-mismatch'; readonly eventId?: string })
  | (Place & { readonly code: 'checkpoint-changed' });

/** Findings in the order they were made: stretches joined, counted all, kept up to a number. */
export class FindingList {
  readonly kept: AuditFinding[] = [];
  private total = 0;

  constructor(private readonly max: number) {}

  get count(): number {
    return this.total;
  }

  /** Whether so many more will be kept. */
  hasRoomFor(more: number): boolean {
    return this.total + more <= this.max;
  }

  add(finding: AuditFinding): void {
    const last = this.kept.at(-1);
    const joined = last && this.total === this.kept.length && join(last, finding);
    if (joined) this.kept[this.kept.length - 1] = joined;
    else {
      this.total += 1;
      if (this.kept.length < this.max) this.kept.push(finding);
    }
  }
}

/** Undefined: the second does not go on where the first ends. */
function join(first: AuditFinding, second: AuditFinding): AuditFinding | undefined {
  if (!('lastSeq' in first) || !('lastSeq' in second)) return undefined;
  const goesOn =
    first.code === second.code &&
    first.chain === second.chain &&
    first.lastSeq + 1 === second.chainSeq &&
    offsetOf(first) === offsetOf(second) &&
    keyIdOf(first) === keyIdOf(second);
  return goesOn ? { ...first, lastSeq: second.lastSeq } : undefined;
}

const offsetOf = (finding: AuditFinding): number =>
  finding.code === 'moved' ? finding.belongsAt - finding.chainSeq : 0;

const keyIdOf = (finding: AuditFinding): string | undefined =>
  finding.code === 'unknown-key' ? finding.keyId : undefined;

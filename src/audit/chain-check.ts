import type { AuditAnchor } from '../core/audit/audit-anchor.js';
import { GENESIS, type ChainTip } from './audit-chain.js';
import type { AuditEventRow } from './audit-event-row.entity.js';
import type { FindingList } from './audit-finding.js';
import { SEAL_REACH, type AuditSeals } from './audit-seals.js';

export interface ChainCheckOptions {
  readonly chain: number;
  readonly seals: AuditSeals;
  readonly findings: FindingList;
  /** Places that the chain is known to have come by, in any order. */
  readonly anchors: readonly AuditAnchor[];
  /** Where the latest recorded purge ended. */
  readonly purged: ChainTip;
}

type RowName = Pick<AuditEventRow, 'chainSeq' | 'eventId'>;

/** Rows and numbers that are remembered until it shows what is wrong with them. */
const MAX_UNSETTLED = 1_000;

/**
 * Walks one chain, row by row in the order of their numbers, and tells what is wrong with it. A
 * row that is wrong is named once: its neighbours are not blamed for it.
 */
export class ChainCheck {
  /** The last row that was genuine, under the number that it was written with. */
  private genuine: ChainTip;
  /** The number of the last row, whatever it was. */
  private lastSeq: number;
  /** Whether the next row has to be linked to `genuine`. */
  private isLinkKnown = true;
  /** Rows since `genuine` that nobody with a key has written. */
  private readonly unsealed: RowName[] = [];
  /** Numbers that moved rows have left out. */
  private readonly absent = new Set<number>();
  private purged: ChainTip;

  constructor(private readonly options: ChainCheckOptions) {
    this.genuine = GENESIS;
    this.lastSeq = GENESIS.chainSeq;
    this.purged = options.purged;
  }

  /** Where the chain ends, as far as it is genuine. */
  get head(): ChainTip {
    return this.genuine.chainSeq < this.purged.chainSeq ? this.purged : this.genuine;
  }

  /** Whether rows are missing before these, for which no purge is known yet. */
  missesBefore(rows: readonly AuditEventRow[]): boolean {
    let last = Math.max(this.lastSeq, this.purged.chainSeq);
    return rows.some(({ chainSeq }) => {
      const isGap = chainSeq > last + 1;
      last = Math.max(last, chainSeq);
      return isGap;
    });
  }

  /** Whether rows are missing behind the last, for which no purge is known yet. */
  get missesAtEnd(): boolean {
    return this.anchoredSeq > this.endSeq;
  }

  /** A purge has gone on meanwhile. */
  notePurge(purged: ChainTip): void {
    this.purged = purged;
  }

  /** Answers the number that a genuine row was written with. */
  next(row: AuditEventRow): number | undefined {
    if (!(row.chainSeq > this.lastSeq)) return this.add('inserted', row);
    if (row.chainSeq > this.lastSeq + 1) this.skipTo(row.chainSeq);
    this.lastSeq = row.chainSeq;
    const { seals, findings } = this.options;
    if (!seals.knowsKeyOf(row)) return this.passUnknown(row);
    if (seals.isGenuine(row)) return this.passInPlace(row);
    const belongsAt = findings.hasRoomFor(this.unsealed.length + 1)
      ? seals.placeOf(row)
      : undefined;
    return belongsAt === undefined ? this.passUnsealed(row) : this.passMoved(row, belongsAt);
  }

  /** Call after the last row. */
  end(): void {
    const { findings, chain } = this.options;
    const { anchoredSeq, endSeq } = this;
    for (const row of this.unsealed.splice(0))
      this.add(anchoredSeq > 0 && row.chainSeq > anchoredSeq ? 'inserted' : 'changed', row);
    this.reportAbsent(Infinity);
    if (anchoredSeq > endSeq)
      findings.add({ code: 'cut-off', chain, chainSeq: endSeq + 1, lastSeq: anchoredSeq });
    if (this.lastSeq < this.purged.chainSeq) this.compareWithAnchors(this.purged);
  }

  private get anchoredSeq(): number {
    return Math.max(0, ...this.options.anchors.map(({ chainSeq }) => chainSeq));
  }

  private get endSeq(): number {
    return Math.max(this.lastSeq, this.head.chainSeq);
  }

  /** Numbers are missing: a purge has taken them, or somebody else. */
  private skipTo(chainSeq: number): void {
    const { chain, findings } = this.options;
    this.reportUnsealed('changed');
    const { purged } = this;
    const firstMissing = Math.max(this.lastSeq, purged.chainSeq) + 1;
    if (firstMissing < chainSeq) {
      findings.add({ code: 'deleted', chain, chainSeq: firstMissing, lastSeq: chainSeq - 1 });
      this.isLinkKnown = false;
    } else if (purged.chainSeq === chainSeq - 1) {
      this.genuine = purged;
      this.isLinkKnown = true;
      this.compareWithAnchors(purged);
    } else this.isLinkKnown = false;
  }

  /** What it is, the next genuine row tells, or the end. */
  private passUnsealed({ chainSeq, eventId }: AuditEventRow): undefined {
    this.unsealed.push({ chainSeq, eventId });
    if (this.unsealed.length > MAX_UNSETTLED) this.reportUnsealed('changed');
  }

  private passUnknown(row: AuditEventRow): undefined {
    const { chain, findings } = this.options;
    const { chainSeq, eventId, keyId } = row;
    this.reportUnsealed('changed');
    findings.add({ code: 'unknown-key', chain, chainSeq, lastSeq: chainSeq, eventId, keyId });
    this.isLinkKnown = false;
  }

  private passInPlace(row: AuditEventRow): number {
    const isBehind = this.unsealed.length === 0 && this.isLinkKnown;
    this.reportUnsealed('changed');
    this.absent.delete(row.chainSeq);
    this.reportAbsent(row.chainSeq - SEAL_REACH);
    if (isBehind && row.previousHash !== this.genuine.hash) this.add('unlinked', row);
    this.settle(row, row.chainSeq);
    this.isLinkKnown = true;
    return row.chainSeq;
  }

  private passMoved(row: AuditEventRow, belongsAt: number): number {
    const { chain, findings } = this.options;
    const { chainSeq, eventId } = row;
    const isNext = belongsAt === this.genuine.chainSeq + 1;
    const expected = this.genuine.chainSeq + 1 + this.unsealed.length;
    this.reportUnsealed(isNext && row.previousHash === this.genuine.hash ? 'inserted' : 'changed');
    for (let seq = expected; seq < belongsAt && this.absent.size < MAX_UNSETTLED; seq += 1)
      this.absent.add(seq);
    this.absent.delete(belongsAt);
    findings.add({ code: 'moved', chain, chainSeq, lastSeq: chainSeq, eventId, belongsAt });
    this.settle(row, belongsAt);
    this.isLinkKnown = false;
    return belongsAt;
  }

  private settle({ hash, eventId }: AuditEventRow, chainSeq: number): void {
    this.genuine = { chainSeq, hash };
    this.compareWithAnchors(this.genuine, eventId);
  }

  private compareWithAnchors({ chainSeq, hash }: ChainTip, eventId?: string): void {
    const { anchors, chain, findings } = this.options;
    const isOther = anchors.some((anchor) => anchor.chainSeq === chainSeq && anchor.hash !== hash);
    if (isOther)
      findings.add({
        code: 'anchor-mismatch',
        chain,
        chainSeq,
        ...(eventId !== undefined && { eventId }),
      });
  }

  private reportUnsealed(code: 'changed' | 'inserted'): void {
    for (const row of this.unsealed.splice(0)) this.add(code, row);
  }

  /** Rows of these numbers up to there have not been found elsewhere either. */
  private reportAbsent(upTo: number): void {
    const { chain, findings } = this.options;
    const given = [...this.absent].filter((chainSeq) => chainSeq <= upTo);
    for (const chainSeq of given.sort((left, right) => left - right)) {
      findings.add({ code: 'deleted', chain, chainSeq, lastSeq: chainSeq });
      this.absent.delete(chainSeq);
    }
  }

  private add(
    code: 'changed' | 'inserted' | 'unlinked',
    { chainSeq, eventId }: RowName,
  ): undefined {
    this.options.findings.add({ code, chain: this.options.chain, chainSeq, eventId });
  }
}

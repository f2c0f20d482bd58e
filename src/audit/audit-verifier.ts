import type { DataSource } from 'typeorm';
import type { AuditAnchor } from '../core/audit/audit-anchor.js';
import type { SessionStore } from '../core/session-store.js';
import { GENESIS, type ChainTip } from './audit-chain.js';
import type { AuditEventRow } from './audit-event-row.entity.js';
import { FindingList } from './audit-finding.js';
import type { AuditKeyRing } from './audit-key-ring.js';
import { AuditPages } from './audit-pages.js';
import { AuditSeals } from './audit-seals.js';
import type {
  AuditHead,
  AuditVerification,
  AuditVerifyOptions,
  AuditVerifyProgress,
} from './audit-verification.js';
import { mapBounded } from './bounded.js';
import { ChainCheck } from './chain-check.js';
import { checkVerifyOptions } from './check-verify-options.js';
import { PseudonymLicences } from './pseudonym-licences.js';

export interface AuditVerifierOptions {
  /** A role that may only select will do. */
  readonly dataSource: DataSource;
  readonly keys: AuditKeyRing;
  /** Where the relay has noted the ends of the chains. Default: nowhere. */
  readonly anchors?: Pick<SessionStore, 'shards' | 'readAnchor'>;
}

const MAX_FINDINGS = 100;
const CONCURRENCY = 4;

/**
 * Reads the audit page by page and tells whether it is as it was written. It changes nothing, may
 * run while relays and purges do, and holds one page of rows at a time.
 */
export class AuditVerifier {
  private readonly pages: AuditPages;
  private readonly seals: AuditSeals;

  constructor(private readonly options: AuditVerifierOptions) {
    this.pages = new AuditPages(options.dataSource);
    this.seals = new AuditSeals(options.keys);
  }

  /** @throws SessionInputInvalidError for options that cannot be meant */
  async verify(options: AuditVerifyOptions = {}): Promise<AuditVerification> {
    checkVerifyOptions(options);
    // Before any row is read: what is anchored by then has to be found.
    const anchors = await this.readAnchors(options.heads ?? []);
    const run = new VerifierRun(this.pages, this.seals, anchors, options);
    return run.run();
  }

  private async readAnchors(
    heads: readonly AuditHead[],
  ): Promise<ReadonlyMap<number, readonly AuditAnchor[]>> {
    const { anchors } = this.options;
    const known = new Map<number, AuditAnchor[]>();
    const add = (chain: number, anchor: AuditAnchor): void =>
      void known.set(chain, [...(known.get(chain) ?? []), anchor]);
    const shards = Array.from({ length: anchors?.shards ?? 0 }, (_, shard) => shard);
    await mapBounded(shards, CONCURRENCY, async (shard) => {
      const anchor = await anchors!.readAnchor(shard);
      if (anchor !== undefined) add(shard, anchor);
    });
    for (const { chain, chainSeq, hash } of heads) add(chain, { chainSeq, hash });
    return known;
  }
}

class VerifierRun {
  private readonly findings: FindingList;
  private readonly heads: AuditHead[] = [];
  private readonly unanchored: number[] = [];
  private progress: AuditVerifyProgress = { rows: 0, total: 0, chain: 0 };
  private chains = 0;
  private pseudonymised = 0;

  constructor(
    private readonly pages: AuditPages,
    private readonly seals: AuditSeals,
    private readonly anchors: ReadonlyMap<number, readonly AuditAnchor[]>,
    private readonly options: AuditVerifyOptions,
  ) {
    this.findings = new FindingList(options.maxFindings ?? MAX_FINDINGS);
  }

  async run(): Promise<AuditVerification> {
    this.progress = { ...this.progress, total: await this.pages.count() };
    let chain = await this.chainAfter(undefined);
    while (chain !== undefined) {
      await this.verifyChain(chain);
      chain = await this.chainAfter(chain);
    }
    for (const { chainSeq, eventId } of await this.pages.strays())
      this.findings.add({ code: 'inserted', chain: NaN, chainSeq, eventId });
    return {
      valid: this.findings.count === 0,
      rows: this.progress.rows,
      chains: this.chains,
      pseudonymised: this.pseudonymised,
      findings: this.findings.kept,
      findingCount: this.findings.count,
      heads: this.heads,
      unanchored: this.unanchored,
    };
  }

  /** A chain that is only anchored any more counts too. */
  private async chainAfter(chain: number | undefined): Promise<number | undefined> {
    const stored = await this.pages.chainAfter(chain);
    const anchored = [...this.anchors.keys()].filter(
      (candidate) => chain === undefined || candidate > chain,
    );
    const next = Math.min(stored ?? Infinity, ...anchored);
    return next === Infinity ? undefined : next;
  }

  private async verifyChain(chain: number): Promise<void> {
    const { seals, findings } = this;
    const anchors = this.anchors.get(chain) ?? [];
    const purged = await this.purgedFrom(chain, 'report');
    const check = new ChainCheck({ chain, seals, findings, anchors, purged });
    for await (const rows of this.pages.ofChain(chain)) {
      this.options.signal?.throwIfAborted();
      if (check.missesBefore(rows)) check.notePurge(await this.purgedFrom(chain, 'overlook'));
      await this.verifyPage(check, rows);
      this.report(chain, rows.length);
    }
    if (check.missesAtEnd) check.notePurge(await this.purgedFrom(chain, 'overlook'));
    check.end();
    this.chains += 1;
    const { chainSeq, hash } = check.head;
    if (chainSeq === 0) return;
    this.heads.push({ chain, chainSeq, hash });
    if (anchors.length === 0) this.unanchored.push(chain);
  }

  private async verifyPage(check: ChainCheck, rows: readonly AuditEventRow[]): Promise<void> {
    const licences = await PseudonymLicences.read(this.pages, this.seals, rows);
    for (const row of rows) {
      const chainSeq = check.next(row);
      if (chainSeq === undefined || this.seals.isPersonalGenuine(row)) continue;
      const { chain, eventId } = row;
      if (licences.has(row, chainSeq)) this.pseudonymised += 1;
      else
        this.findings.add({
          code: 'personal-changed',
          chain,
          chainSeq: row.chainSeq,
          eventId,
        });
    }
  }

  /** Where the latest purge ended that somebody with a key has recorded. */
  private async purgedFrom(chain: number, changed: 'report' | 'overlook'): Promise<ChainTip> {
    let purged = GENESIS;
    for (const checkpoint of await this.pages.checkpoints(chain)) {
      const { upToSeq, hash } = checkpoint;
      if (this.seals.isGenuineCheckpoint(checkpoint)) purged = { chainSeq: upToSeq, hash };
      else if (changed === 'report')
        this.findings.add({ code: 'checkpoint-changed', chain, chainSeq: upToSeq });
    }
    return purged;
  }

  private report(chain: number, rows: number): void {
    this.progress = { ...this.progress, chain, rows: this.progress.rows + rows };
    this.options.onProgress?.(this.progress);
  }
}

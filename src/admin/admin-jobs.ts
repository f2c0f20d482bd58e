import { Inject, Injectable, NotFoundException, Optional } from '@nestjs/common';
import { AUDIT_REPORTS, type AuditReports } from '../audit/audit-reports.js';
import type { AuditVerification } from '../audit/audit-verification.js';
import type { JsonObject } from '../core/audit/audit-event.js';
import {
  SessionJobLimitReachedError,
  SessionNotFoundError,
  SessionStoreUnavailableError,
} from '../core/errors.js';
import { shardOfSession } from '../core/ids.js';
import { parseJobId, type JobRecord } from '../core/directory/job-record.js';
import type { SessionCore } from '../core/session-core.js';
import type { RevokeCause } from '../core/directory/session-directory.js';
import type { JobWork } from '../core/directory/session-jobs.js';
import { RevocationTooLargeError, type Revocation } from '../core/directory/session-revocation.js';
import { userKey } from '../core/user.js';
import { SESSION_CORE } from '../nest/session.tokens.js';
import type { AdminScope } from './admin-scope.js';
import type { Operator } from './operator.js';

/** Rounds of three attempts each, a pause apart, in which shards that do not answer are asked. */
const EVERYWHERE_ROUNDS = 10;
const ROUND_PAUSE_MS = 2_000;
/** Of one kind, of one operator. */
const MAX_UNDER_WAY = 2;

/** What operators set going and look at again later, each within their scope. */
@Injectable()
export class AdminJobs {
  /** How many this process works at, by operator and kind. */
  private readonly underWay = new Map<string, number>();

  constructor(
    @Inject(SESSION_CORE) private readonly core: SessionCore,
    @Optional() @Inject(AUDIT_REPORTS) private readonly audit?: AuditReports,
  ) {}

  /** @throws SessionNotFoundError for one that is unknown, or out of scope */
  async find(text: string, scope: AdminScope): Promise<JobRecord> {
    const id = parseJobId(text);
    const job = id === undefined ? undefined : await this.core.jobs.find(id);
    if (!job || (scope !== 'all' && job.tenantId !== scope.tenantId))
      throw new SessionNotFoundError();
    return job;
  }

  revoke(operator: Operator, revocation: Revocation): Promise<JobRecord> {
    const { max, before } = revocation;
    const work: JobWork = async (report, signal) => {
      const tell = (matched: number, ended: number): JsonObject => ({
        max,
        before,
        matched,
        ended,
      });
      try {
        await this.core.revocation.revoke(
          revocation,
          ({ matched, done, ended }) =>
            report({ done, total: matched, details: tell(matched, ended) }),
          signal,
        );
      } catch (error) {
        if (!(error instanceof RevocationTooLargeError)) throw error;
        await report({ state: 'refused' });
      }
    };
    const details = { max, before, matched: null, ended: 0 };
    return this.start(operator, 'revoke', details, work);
  }

  /** The operator's own shard comes last, for until then they can watch. */
  revokeEverything(operator: Operator, cause: RevokeCause): Promise<JobRecord> {
    requireWholeScope(operator.scope);
    const last = shardOfSession(operator.session.id);
    return this.start(operator, 'revoke-everything', {}, async (report, signal) => {
      for (let round = 0; round < EVERYWHERE_ROUNDS; round += 1) {
        if (round > 0) await pause(ROUND_PAUSE_MS);
        signal.throwIfAborted();
        const { done, shards } = await this.core.directory.revokeEverything(cause, {
          last,
          onProgress: (progress) => void report({ done: progress.done, total: progress.shards }),
        });
        if (done === shards) return;
      }
      throw new SessionStoreUnavailableError('revokeEverything');
    });
  }

  /** @throws NotFoundException where no audit is kept */
  verify(operator: Operator): Promise<JobRecord> {
    requireWholeScope(operator.scope);
    const { audit } = this;
    if (!audit) throw new NotFoundException('No audit is kept; SessionAuditModule keeps one');
    return this.start(operator, 'verify-audit', { result: null }, async (report, signal) => {
      const verification = await audit.verify({
        signal,
        onProgress: ({ rows, total }) => void report({ done: rows, total }),
      });
      const { rows } = verification;
      await report({ done: rows, total: rows, details: { result: resultOf(verification) } });
    });
  }

  /** @throws SessionJobLimitReachedError */
  private async start(
    { session, scope }: Operator,
    kind: JobRecord['kind'],
    details: JsonObject,
    work: JobWork,
  ): Promise<JobRecord> {
    const tenantId = scope === 'all' ? null : scope.tenantId;
    const release = this.reserve(`${kind} ${userKey(session.user)}`);
    try {
      return await this.core.jobs.start({ kind, tenantId, details }, (report, signal) =>
        work(report, signal).finally(release),
      );
    } catch (error) {
      release();
      throw error;
    }
  }

  /** By kind, so that nothing keeps an operator from ending everything. */
  private reserve(key: string): () => void {
    const before = this.underWay.get(key) ?? 0;
    if (before >= MAX_UNDER_WAY) throw new SessionJobLimitReachedError(MAX_UNDER_WAY);
    this.underWay.set(key, before + 1);
    return () => {
      const left = this.underWay.get(key)! - 1;
      if (left > 0) this.underWay.set(key, left);
      else this.underWay.delete(key);
    };
  }
}

/** What concerns all tenants does not exist for an operator of one. @throws SessionNotFoundError */
function requireWholeScope(scope: AdminScope): void {
  if (scope !== 'all') throw new SessionNotFoundError();
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, ms).unref());

/** Without the hashes that the chains end with. */
const resultOf = (verification: AuditVerification): JsonObject => {
  const { valid, rows, chains, pseudonymised, findings, findingCount, unanchored } = verification;
  return {
    valid,
    rows,
    chains,
    pseudonymised,
    findings: findings.map((finding) => ({ ...finding })),
    findingCount,
    unanchored,
  };
};

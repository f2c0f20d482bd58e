import { Inject, Injectable } from '@nestjs/common';
import type { Page, PageRequest } from '../core/session-store.js';
import type { User } from '../core/user.js';
import {
  AuditPseudonymiser,
  type Pseudonymisation,
  type PseudonymiseRequest,
} from './audit-pseudonymiser.js';
import { AUDIT_QUERY, type AuditFilter, type AuditView } from './audit-query.js';
import { AuditReader } from './audit-reader.js';
import { AuditRelay, type AuditHealth, type AuditRelayState } from './audit-relay.js';
import type { AuditReports, AuditTally, AuditTrait } from './audit-reports.js';
import type { AuditVerification, AuditVerifyOptions } from './audit-verification.js';
import { AuditVerifier } from './audit-verifier.js';
import { SqlAuditQuery } from './sql-audit-query.js';

/** @publicApi */
@Injectable()
export class AuditService implements AuditReports {
  constructor(
    @Inject(AUDIT_QUERY) private readonly query: SqlAuditQuery,
    private readonly relay: AuditRelay,
    private readonly reader: AuditReader,
    private readonly verifier: AuditVerifier,
    private readonly pseudonymiser: AuditPseudonymiser,
  ) {}

  /**
   * Newest first. An event is found once the relay has brought it to the database.
   * @throws AuditUnavailableError
   */
  find(filter: AuditFilter, page: PageRequest): Promise<Page<AuditView>> {
    return this.query.find(filter, page);
  }

  /**
   * How many match, by stretches of `bucketMs`, which begin at multiples of it since 1970; oldest
   * first, and none for a stretch without events.
   * @throws SessionInputInvalidError
   * @throws AuditUnavailableError
   */
  tally(
    filter: AuditFilter,
    bucketMs: number,
    traits: readonly AuditTrait[] = [],
  ): Promise<readonly AuditTally[]> {
    return this.query.tally(filter, bucketMs, traits);
  }

  /**
   * All that match, oldest first, however many: a page is read when the one before it has been
   * taken. What arrives meanwhile may be among them.
   * @throws SessionInputInvalidError when the first is asked for
   * @throws AuditUnavailableError
   */
  export(filter: AuditFilter): AsyncIterable<AuditView> {
    return this.query.export(filter);
  }

  /**
   * Whether the audit is as it was written, and what is wrong where it is not. Reads every row, a
   * page at a time, and changes nothing. Where `signal` stops it, it rejects with its reason.
   * @throws AuditUnavailableError
   * @throws SessionStoreUnavailableError
   */
  verify(options: AuditVerifyOptions = {}): Promise<AuditVerification> {
    return this.reader.follow('verify', () => this.verifier.verify(options), options.signal);
  }

  /**
   * Replaces user id, address, user agent and details in the rows that a user has by now. It is
   * recorded first, and the chain still verifies. Rows in `audit_rejected` are not touched, nor is
   * the user where they are the `actorId` of others' rows. When it rejects, call it again.
   * @throws SessionIdentityInvalidError
   * @throws SessionInputInvalidError
   */
  pseudonymise(user: User, request: PseudonymiseRequest): Promise<Pseudonymisation> {
    return this.pseudonymiser.pseudonymise(user, request);
  }

  /** What waits and what went wrong. Rejects when the session store is away. */
  health(): Promise<AuditHealth> {
    return this.relay.health();
  }

  /** The part of `health` that this process knows without asking anybody. */
  relayState(): AuditRelayState {
    return this.relay.state;
  }
}

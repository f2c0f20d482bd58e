import { Inject, Injectable } from '@nestjs/common';
import type { Page, PageRequest } from '../core/session-store.js';
import { AUDIT_QUERY, type AuditFilter, type AuditQuery, type AuditView } from './audit-query.js';
import { AuditRelay, type AuditHealth } from './audit-relay.js';

/** @publicApi */
@Injectable()
export class AuditService {
  constructor(
    @Inject(AUDIT_QUERY) private readonly query: AuditQuery,
    private readonly relay: AuditRelay,
  ) {}

  /** Newest first. An event is found once the relay has brought it to the database. */
  find(filter: AuditFilter, page: PageRequest): Promise<Page<AuditView>> {
    return this.query.find(filter, page);
  }

  /** What waits and what went wrong. Rejects when the session store is away. */
  health(): Promise<AuditHealth> {
    return this.relay.health();
  }
}

/** Whom the operators' page is shown to. Times are ISO 8601 in UTC. */
export interface OperatorView {
  readonly userId: string;
  readonly tenantId: string;
  readonly sessionId: string;
  /** The tenant that the operator is held to; null: everybody. */
  readonly scope: string | null;
  /** The server's time, so that the page need not trust its own clock. */
  readonly now: string;
  readonly idleExpiresAt: string;
  readonly absoluteExpiresAt: string;
  /** For the page to send back with what changes something; with the option `csrf.token` only. */
  readonly csrfToken?: string;
}

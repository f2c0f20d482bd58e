/** How far the audit chain of a shard has come in the database. */
export interface AuditAnchor {
  /** The place of the chain's last row. */
  readonly chainSeq: number;
  /** The hash of that row; at most 64 characters. */
  readonly hash: string;
}

export const isSameAnchor = (left: AuditAnchor | undefined, right: AuditAnchor): boolean =>
  left?.chainSeq === right.chainSeq && left.hash === right.hash;

import type { AuditAnchor } from '../../core/audit/audit-anchor.js';

/** One spelling an anchor, so that a script can compare two; empty for none. */
export const anchorText = (anchor: AuditAnchor | undefined): string =>
  anchor === undefined ? '' : `${anchor.chainSeq} ${anchor.hash}`;

export function anchorOf(text: string | null): AuditAnchor | undefined {
  if (text === null) return undefined;
  const end = text.indexOf(' ');
  return { chainSeq: Number(text.slice(0, end)), hash: text.slice(end + 1) };
}

import type { SessionView } from '../core/directory/session-view.js';

/** A list as the API gives it; `nextCursor` is null on the last page. */
export interface ListView<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** One's own deadlines, for a page that warns before they pass. */
export interface DeadlinesView extends SessionView {
  readonly idleExpiresAt: string;
  readonly absoluteExpiresAt: string;
  /** The server's time, so that a page need not trust its own clock. */
  readonly now: string;
  /** For the page to send back with what changes something; with the option `csrf.token` only. */
  readonly csrfToken?: string;
}

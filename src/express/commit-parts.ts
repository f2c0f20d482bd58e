import type { SessionCookie } from './session-cookie.js';

/** What the end of every request's response is made with. */
export interface CommitParts {
  readonly cookie: SessionCookie;
  /** Value of the Clear-Site-Data header that answers a logout. Absent: none is sent. */
  readonly clearSiteData?: string;
  readonly now: () => number;
  readonly reportError: (error: unknown) => void;
  /** Told when a cookie had to be kept back because the connection is not secure. */
  readonly onInsecure: () => void;
}

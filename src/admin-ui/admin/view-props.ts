import type { Go, Route } from '../shared/route.js';

/** What a view is shown for, and how it leads elsewhere. */
export interface ViewProps {
  readonly route: Route;
  readonly go: Go;
}

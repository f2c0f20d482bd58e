import type { ReactNode } from 'react';
import { ApiError } from './api.js';
import { texts } from './texts.js';

/** What went wrong, in the API's words where it has some. */
export function failureText(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  if (error.status === 0) return texts.failure.unreachable;
  return texts.failure.of(error.message, error.code);
}

/** What the API says of a field; undefined where it refuses something else or nothing. */
export const fieldError = (error: unknown, field: string): string | undefined =>
  error instanceof ApiError ? error.about(field) : undefined;

export interface FailureProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
}

export function Failure({ error, onRetry }: FailureProps): ReactNode {
  return (
    <div className="banner danger" role="alert">
      <span>{failureText(error)}</span>
      {onRetry && (
        <button type="button" onClick={onRetry}>
          {texts.retry}
        </button>
      )}
    </div>
  );
}

export const Empty = ({ children }: { readonly children: ReactNode }): ReactNode => (
  <div className="empty">{children}</div>
);

export const Loading = (): ReactNode => (
  <p className="empty" role="status">
    {texts.loading}
  </p>
);

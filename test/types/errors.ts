import { SessionError, SessionLimitReachedError, type SessionErrorCode } from 'nestjs-gatehouse';

export function explain(error: unknown): string {
  if (error instanceof SessionLimitReachedError) return `at most ${error.limit}`;
  if (!(error instanceof SessionError)) return 'unexpected';
  const { code } = error;
  // @ts-expect-error there is no such code
  if (code === 'SESSION_STOLEN') return 'stolen';
  return code;
}

// @ts-expect-error one of the codes
export const unknownCode: SessionErrorCode = 'SESSION_STOLEN';

import type { Type } from '@nestjs/common';
import type { z } from 'zod';
import type { SessionErrorCode } from '../core/errors.js';

export interface Answer {
  readonly status: 200 | 202 | 204;
  readonly description: string;
  /** Absent: no body. */
  readonly schema?: z.ZodType;
  readonly example?: unknown;
  /** Default: `application/json`. */
  readonly contentTypes?: readonly string[];
}

/** An error by its code, and what it means on this route. */
export type ErrorCodes = Readonly<
  Partial<Record<400 | 403 | 404 | 409 | 503, readonly SessionErrorCode[]>>
>;

/** Of routes that ask the audit's database. */
export const AUDIT_READ: ErrorCodes = {
  400: ['SESSION_INPUT_INVALID'],
  503: ['SESSION_STORE_UNAVAILABLE', 'AUDIT_UNAVAILABLE'],
};

/** What is to be said of one handler. */
export interface Route {
  readonly controller: Type;
  readonly handler: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Names and meanings of path parameters. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly bodyExample?: unknown;
  readonly answers: readonly Answer[];
  readonly errors?: ErrorCodes;
}

import type { Type } from '@nestjs/common';
import type { z } from 'zod';

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
export type ErrorCodes = Readonly<Partial<Record<400 | 403 | 404, readonly string[]>>>;

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

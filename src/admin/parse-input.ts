import type { z } from 'zod';
import { SessionInputInvalidError } from '../core/errors.js';

const MAX_NAME = 64;

/** @throws SessionInputInvalidError naming the first parameter that is wrong, by its path */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw inputErrorOf(parsed.error.issues[0]!);
}

/** For requests whose parameters may be in the query or in a body, which counts where both say. */
export const parseQueryAndBody = <Schema extends z.ZodObject>(
  schema: Schema,
  query: unknown,
  body: unknown = {},
): z.output<Schema> => ({ ...parseInput(schema, query), ...parseInput(schema, body) });

function inputErrorOf(issue: z.core.$ZodIssue): SessionInputInvalidError {
  const isUnknown = issue.code === 'unrecognized_keys';
  const path = isUnknown ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
  const name = path.join('.').slice(0, MAX_NAME) || 'body';
  return new SessionInputInvalidError(name, isUnknown ? 'is not known here' : issue.message);
}

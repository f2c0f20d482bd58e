import type { ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { SessionError } from '../core/errors.js';
import { findLiveSession, type LiveSession } from '../express/live/live-session.js';
import { requestOf } from './request-of.js';

/** By the arguments of a message, which all its guards share. */
const refreshed = new WeakMap<object, Promise<void>>();

/**
 * Lets a guard check the session of a context. That of a live connection is read anew first, once
 * a message however many guards ask, and a refusal is thrown as its transport has errors.
 */
export async function guarded(
  context: ExecutionContext,
  check: (request: Request | undefined) => void,
): Promise<void> {
  const request = requestOf(context);
  const live = findLiveSession(request);
  if (!live) return check(request);
  try {
    await refreshOnce(context.getArgs(), live);
    check(request);
  } catch (error) {
    throw exceptionOf(live, error);
  }
}

/** What the client of a live connection is to be told of an error of ours; others stay as they are. */
export const exceptionOf = (live: LiveSession, error: unknown): unknown =>
  error instanceof SessionError ? live.exceptionOf(error) : error;

function refreshOnce(message: object, live: LiveSession): Promise<void> {
  const present = refreshed.get(message);
  if (present) return present;
  const refresh = live.refresh();
  refreshed.set(message, refresh);
  return refresh;
}

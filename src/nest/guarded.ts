import type { ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { SessionError } from '../core/errors.js';
import { findLiveSession, type LiveSession } from '../express/live/live-session.js';
import { findRequestSession } from '../express/request-session-of.js';
import { requestOf } from './request-of.js';
import { marksOf } from './route-marks.js';

/** By the arguments of a message, which all its guards share. */
const refreshed = new WeakMap<object, Promise<void>>();

/** Throws where the request may not pass. */
type Check = (request: Request | undefined) => void;

/**
 * Lets a guard check the session of a context. The store is asked for it anew where the route is
 * strict and the session was only known from near. That of a live connection is read anew first, once
 * a message however many guards ask, and a refusal is thrown as its transport has errors.
 */
export function guarded(context: ExecutionContext, check: Check): true | Promise<true> {
  const request = requestOf(context);
  const live = findLiveSession(request);
  const asking = live
    ? refreshOnce(context.getArgs(), live)
    : marksOf(context).isStrict && findRequestSession(request)?.refresh();
  if (asking) return checkAfter(asking, () => check(request), live);
  check(request);
  return true;
}

async function checkAfter(
  asking: Promise<void>,
  check: () => void,
  live: LiveSession | undefined,
): Promise<true> {
  try {
    await asking;
    check();
    return true;
  } catch (error) {
    throw live ? exceptionOf(live, error) : error;
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

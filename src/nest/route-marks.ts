import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  FRESH_WITHIN,
  PASSIVE_HEADER,
  PASSIVE_ROUTE,
  PUBLIC_ROUTE,
  SKIPS_CSRF,
  STRICT_ROUTE,
} from './decorators/metadata.js';

/** What decorators of this library say of a route: those of the method or, where it has none, of its class. */
export interface RouteMarks {
  readonly isPublic: boolean;
  readonly isPassive: boolean;
  /** A header by which single requests say that they are passive. */
  readonly passiveHeader: string | undefined;
  readonly isStrict: boolean;
  /** Milliseconds. */
  readonly freshWithin: number | undefined;
  readonly skipsCsrf: boolean;
}

const reflector = new Reflector();
/** By class, then by method; metadata never change. */
const known = new WeakMap<object, WeakMap<object, RouteMarks>>();

/** Read once a route, because guards ask for each request. */
export function marksOf(context: ExecutionContext): RouteMarks {
  const target = context.getClass();
  const handler = context.getHandler();
  let ofClass = known.get(target);
  if (!ofClass) known.set(target, (ofClass = new WeakMap()));
  let marks = ofClass.get(handler);
  if (!marks) ofClass.set(handler, (marks = readMarks([handler, target])));
  return marks;
}

function readMarks(targets: Parameters<Reflector['getAllAndOverride']>[1]): RouteMarks {
  const read = <Value>(key: symbol): Value | undefined =>
    reflector.getAllAndOverride<Value | undefined>(key, targets);
  const freshWithin = read<number>(FRESH_WITHIN);
  return {
    isPublic: read(PUBLIC_ROUTE) === true,
    isPassive: read(PASSIVE_ROUTE) === true,
    passiveHeader: read(PASSIVE_HEADER),
    isStrict: read(STRICT_ROUTE) !== undefined || freshWithin !== undefined,
    freshWithin,
    skipsCsrf: read(SKIPS_CSRF) === true,
  };
}

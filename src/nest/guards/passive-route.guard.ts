import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { findRequestSession } from '../../express/request-session-of.js';
import { requestOf } from '../request-of.js';
import { marksOf, type RouteMarks } from '../route-marks.js';

/**
 * Behind `@Passive()`. Refuses nobody: it is a guard because only guards see what other guards
 * refuse, and a refused request to a passive route is no activity either. A GraphQL request of
 * several fields is passive if all of them are.
 */
@Injectable()
export class PassiveRouteGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = requestOf(context);
    const requestSession = findRequestSession(request);
    if (requestSession)
      requestSession.passive =
        (requestSession.passive ?? true) && isPassive(marksOf(context), request!);
    return true;
  }
}

const isPassive = ({ isPassive: always, passiveHeader }: RouteMarks, request: Request): boolean =>
  always ||
  (passiveHeader !== undefined && request.method === 'GET' && passiveHeader in request.headers);

import {
  ForbiddenException,
  Injectable,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import type { Request } from 'express';

/** Tells operators from other signed-in users. */
@Injectable()
export class OperatorGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { user } = context.switchToHttp().getRequest<Request>();
    if (user?.role === 'operator') return true;
    throw new ForbiddenException({
      statusCode: 403,
      code: 'OPERATOR_REQUIRED',
      message: 'Only operators may do this',
    });
  }
}

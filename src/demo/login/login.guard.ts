import {
  Injectable,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import type { Request } from 'express';
import { SessionAuthGuard } from 'nestjs-gatehouse/passport';
import { requireText } from '../request-fields.js';

const PasswordGuard = SessionAuthGuard('local', {
  methods: ['pwd'],
  attemptedUserOf: ({ body }) => requireText(body, 'username'),
});

/** Signs in whoever has the right password; everybody else hears the same. */
@Injectable()
export class LoginGuard extends PasswordGuard {
  override canActivate(context: ExecutionContext): ReturnType<CanActivate['canActivate']> {
    const body: unknown = context.switchToHttp().getRequest<Request>().body;
    requireText(body, 'username');
    requireText(body, 'password');
    return super.canActivate(context);
  }

  override handleRequest<Account>(error: unknown, account: Account | false): Account {
    if (error) throw error;
    if (account) return account;
    throw new UnauthorizedException({
      statusCode: 401,
      code: 'LOGIN_FAILED',
      message: 'Wrong user name or password',
    });
  }
}

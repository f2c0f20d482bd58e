import {
  HttpException,
  HttpStatus,
  Inject,
  mixin,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { AuthGuard, type AuthModuleOptions, type IAuthGuard } from '@nestjs/passport';
import type { Request } from 'express';
import { SessionService } from '../nest/session.service.js';

/** @publicApi */
export interface SessionAuthGuardOptions {
  /** Authentication methods that passing proves, RFC 8176 values where one fits. Default: none. */
  readonly methods?: readonly string[];
  /**
   * The user id that a request tries to log in as, for the audit of failures; it may name nobody.
   * Default: none is recorded.
   */
  readonly attemptedUserOf?: (request: Request) => unknown;
}

/**
 * `AuthGuard`, and then the login that it leaves out: the user whom the strategy accepts gets a
 * session. A refusal is recorded as `login.failed`. @publicApi
 */
export function SessionAuthGuard(
  strategy?: string | string[],
  { methods = [], attemptedUserOf }: SessionAuthGuardOptions = {},
): Type<IAuthGuard> {
  class SessionAuthGuardMixin extends AuthGuard(strategy) {
    @Inject(SessionService) private readonly sessions: SessionService;
    declare protected readonly options: AuthModuleOptions;

    override async canActivate(context: ExecutionContext): Promise<boolean> {
      const request = this.getRequest(context) as Request;
      try {
        await super.canActivate(context);
      } catch (error) {
        if (isRefusal(error)) await this.recordFailure(request);
        throw error;
      }
      await this.openSession(request);
      return true;
    }

    private async openSession(request: Request): Promise<void> {
      const account = Reflect.get(request, this.options.property ?? 'user') as Express.User;
      const options = { session: true, methods };
      await new Promise<void>((resolve, reject) => {
        request.logIn(account, options, (error?: Error) => (error ? reject(error) : resolve()));
      });
    }

    private recordFailure(request: Request): Promise<void> {
      const userId = attemptedUserOf?.(request);
      return this.sessions.recordFailedLogin(request, typeof userId === 'string' ? { userId } : {});
    }
  }
  return mixin(SessionAuthGuardMixin) as Type<IAuthGuard>;
}

const isRefusal = (error: unknown): boolean =>
  error instanceof HttpException && error.getStatus() === Number(HttpStatus.UNAUTHORIZED);

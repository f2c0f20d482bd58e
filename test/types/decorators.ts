import { Controller, Get, Post, UseGuards } from '@nestjs/common';
import {
  CurrentSession,
  CurrentUser,
  Passive,
  Public,
  RequireFresh,
  SessionGuard,
  SkipCsrf,
  type SessionId,
  type User,
} from 'nestjs-gatehouse';

@Controller()
@UseGuards(SessionGuard)
export class ExampleController {
  @Get('decorator-and-type')
  show(@CurrentSession() session: CurrentSession): { id: SessionId; user: User; since: number } {
    return { id: session.id, user: session.user, since: session.createdAt };
  }

  @Get('public')
  @Public()
  @Passive()
  greet(@CurrentUser() user: User | undefined): string {
    return user?.userId ?? 'stranger';
  }

  @Post('fresh')
  @RequireFresh('10m')
  @SkipCsrf()
  sign(): void {}

  // @ts-expect-error ten minutes are '10m'
  @RequireFresh('10 minutes')
  unknownUnit(): void {}

  change(session: CurrentSession): void {
    // @ts-expect-error what a handler is shown changes nothing
    session.userId = 'somebody-else';
  }

  token(session: CurrentSession): unknown {
    // @ts-expect-error no token is ever shown, nor its hash
    return session.tokenHash;
  }
}

import {
  Controller,
  ForbiddenException,
  Get,
  Post,
  Req,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { Passive } from '../../src/index.js';
import { Browser } from '../support/browser.js';
import { startHandlerApp, type HandlerApp } from '../support/handler-app.js';
import { MIDDLEWARE_KINDS } from '../support/middlewares.js';

class RefusingGuard implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException();
  }
}

/** Refuses at the level of the application what the path says. */
class RefusingPathGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return !context.switchToHttp().getRequest<Request>().path.endsWith('/forbidden');
  }
}

@Controller('polling')
@Passive()
class PollingController {
  @Get('refused')
  @UseGuards(RefusingGuard)
  refused(): void {}

  @Get('forbidden')
  forbidden(): void {}

  @Post('count')
  count(@Req() { session }: Request): void {
    const { polls = 0 } = session as { polls?: number };
    Object.assign(session, { polls: polls + 1 });
  }
}

@Controller('refused')
class RefusedController {
  @Get()
  @UseGuards(RefusingGuard)
  refused(): void {}
}

describe.each(MIDDLEWARE_KINDS)('a passive route, under %s,', (middleware) => {
  let sut: HandlerApp;
  let browser: Browser;

  beforeEach(async () => {
    sut = await startHandlerApp(
      { middleware },
      {
        controllers: [PollingController, RefusedController],
        providers: [{ provide: APP_GUARD, useClass: RefusingPathGuard }],
      },
    );
    browser = new Browser(sut.url);
    await browser.post('/login?user=alice');
    sut.clock.advance('2m');
    sut.store.takeCalls();
  });

  afterEach(() => sut.close());

  it('is no activity where a guard of its own refuses the request', async () => {
    const answer = await browser.get('/polling/refused');

    expect(answer.status).toBe(403);
    expect(sut.store.takeCalls()).toEqual(['find']);
  });

  it('is no activity where a guard of the whole application refuses the request', async () => {
    const answer = await browser.get('/polling/forbidden');

    expect(answer.status).toBe(403);
    expect(sut.store.takeCalls()).toEqual(['find']);
  });

  it('keeps what its handler writes, which keeps no session alive', async () => {
    for (const minutes of ['10m', '10m', '7m'] as const) {
      await browser.post('/polling/count');
      sut.clock.advance(minutes);
    }
    const polled = (await browser.copy().get('/passive')).json();

    sut.clock.advance('1m');
    const guarded = await browser.get('/guarded');

    expect(polled).toEqual({ polls: 3 });
    expect(guarded.json()).toMatchObject({ code: 'SESSION_EXPIRED', reason: 'idle' });
  });

  it('is unlike one that is not passive, where a refused request counts', async () => {
    const answer = await browser.get('/refused');

    expect(answer.status).toBe(403);
    expect(sut.store.takeCalls()).toEqual(['find', 'touch']);
  });
});

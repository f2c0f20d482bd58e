import {
  Body,
  Controller,
  Get,
  Injectable,
  Post,
  Req,
  UnauthorizedException,
  UseGuards,
  type ExecutionContext,
} from '@nestjs/common';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { Strategy } from 'passport-local';
import type { AuditEvent } from '../../src/core/audit/audit-event.js';
import type { SessionRecord } from '../../src/core/session-record.js';
import {
  passportUserIdOf,
  type SessionId,
  type SessionModuleOptions,
  type SessionStore,
} from '../../src/index.js';
import {
  SessionAuthGuard,
  SessionPassportModule,
  SessionSerializer,
} from '../../src/passport/index.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { Browser, type Answer } from '../support/browser.js';
import { HTTP_SETUPS } from '../support/middlewares.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';
import { openStore, withInstead, type OpenedStore } from '../support/stores.js';

interface Account {
  readonly id: string;
  readonly name: string;
}

const NAMES = new Map([
  ['alice', 'Alice'],
  ['bob', 'Bob'],
]);

const accountOf = (id: string): Account => ({ id, name: NAMES.get(id)! });

@Injectable()
class AccountSerializer extends SessionSerializer<Account> {
  serializeUser({ id }: Account): string {
    return id;
  }

  deserializeUser({ userId }: { readonly userId: string }): Account | undefined {
    return NAMES.has(userId) ? accountOf(userId) : undefined;
  }
}

@Injectable()
class PasswordStrategy extends PassportStrategy(Strategy) {
  validate(username: string, password: string): Account {
    if (password !== `${username}-password`) throw new UnauthorizedException();
    return accountOf(username);
  }
}

class PasswordGuard extends SessionAuthGuard('local', {
  methods: ['pwd'],
  attemptedUserOf: (request) => (request.body as { username?: unknown }).username,
}) {}

class PlainGuard extends AuthGuard('local') {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    await super.canActivate(context);
    await super.logIn(context.switchToHttp().getRequest<Request>());
    return true;
  }
}

const done = (call: (callback: (error?: unknown) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    call((error) => (error instanceof Error ? reject(error) : resolve()));
  });

@Controller()
class WaysInController {
  @Post('passport/login')
  async logIn(@Req() request: Request, @Body('username') id: string): Promise<void> {
    await done((callback) => request.logIn(accountOf(id) as Express.User, callback));
  }

  @Post('passport/guarded')
  @UseGuards(PasswordGuard)
  guarded(): void {}

  @Post('passport/plain')
  @UseGuards(PlainGuard)
  plain(): void {}

  @Post('passport/by-hand')
  async byHand(@Req() request: Request, @Body('username') id: string): Promise<void> {
    await done((callback) => request.session.regenerate(callback));
    Object.assign(request.session, { userId: id });
  }

  @Post('passport/logout')
  async logOut(@Req() request: Request): Promise<void> {
    await done((callback) => request.logOut(callback));
  }

  @Get('passport/user')
  who(@Req() request: Request): Record<string, unknown> {
    return { authenticated: request.isAuthenticated(), user: request.user };
  }
}

const userIdOf: SessionModuleOptions['userIdOf'] = (data) =>
  typeof data['userId'] === 'string' ? data['userId'] : passportUserIdOf(data);

interface WayIn {
  readonly name: string;
  readonly keepsData: boolean;
  readonly enter: (browser: Browser, username: string) => Promise<Answer>;
}

const through =
  (path: string): WayIn['enter'] =>
  (browser, username) =>
    browser.post(path, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password: `${username}-password` }),
    });

const WAYS_IN: readonly WayIn[] = [
  {
    name: 'SessionService.login',
    keepsData: true,
    enter: (browser, username) => browser.post(`/login?user=${username}`),
  },
  { name: 'req.logIn', keepsData: true, enter: through('/passport/login') },
  { name: 'SessionAuthGuard', keepsData: true, enter: through('/passport/guarded') },
  { name: 'AuthGuard and its logIn', keepsData: true, enter: through('/passport/plain') },
  { name: 'regenerate and a user id', keepsData: false, enter: through('/passport/by-hand') },
];

describe.each(HTTP_SETUPS)('passport, with sessions in %s under %s,', (driver, middleware) => {
  let clock: FakeClock;
  let opened: OpenedStore;
  let createdIds: SessionId[];
  let sut: SessionApp;
  let browser: Browser;

  beforeEach(async () => {
    clock = new FakeClock();
    opened = await openStore(driver);
    createdIds = [];
    const create: SessionStore['create'] = (request, operation) => {
      createdIds.push(request.session.id);
      return opened.store.create(request, operation);
    };
    sut = await startSessionApp(
      {
        store: withInstead(opened.store, { create }),
        clock,
        userIdOf,
        maxSessionsPerUser: 2,
        middleware,
      },
      {
        imports: [
          SessionPassportModule.forRoot({ serializer: AccountSerializer }),
          PassportModule.register({ session: true }),
        ],
        controllers: [WaysInController],
        providers: [PasswordStrategy],
      },
    );
    browser = new Browser(sut.url);
  });

  afterEach(async () => {
    await sut.close();
    await opened.close();
  });

  const live = async (): Promise<readonly SessionRecord[]> => {
    const found = await opened.store.findMany(createdIds);
    return [...found.values()].flatMap(({ session }) =>
      session.state === 'active' ? [session] : [],
    );
  };

  const events = async (): Promise<readonly AuditEvent[]> => {
    const shards = Array.from({ length: opened.store.shards }, (_, shard) => shard);
    const entries = await Promise.all(shards.map((shard) => opened.store.readOutbox(shard, 100)));
    return entries.flat().map(({ event }) => event);
  };

  describe.each(WAYS_IN)('through $name', ({ keepsData, enter }) => {
    it('gives another session and token, and refuses the old token without a cookie', async () => {
      await browser.post('/data?colour=red');
      const [anonymous] = await live();
      const before = browser.copy();

      const login = await enter(browser, 'alice');

      expect(login.status).toBe(201);
      const [session, ...others] = await live();
      expect(others).toEqual([]);
      expect(session!.user).toEqual({ tenantId: '', userId: 'alice' });
      expect(session!.id).not.toBe(anonymous!.id);
      expect(browser.cookies).not.toEqual(before.cookies);
      const late = await before.get('/guarded');
      expect(late.status).toBe(401);
      expect(late.setCookie).toBeUndefined();
    });

    it(`${keepsData ? 'keeps' : 'drops, as asked,'} what the anonymous session held`, async () => {
      await browser.post('/data?colour=red');

      await enter(browser, 'alice');

      const data = (await browser.get('/data')).json();
      expect(data['colour']).toBe(keepsData ? 'red' : undefined);
    });

    it('keeps to the session limit and tells the audit', async () => {
      const browsers = [browser, new Browser(sut.url), new Browser(sut.url)];

      for (const each of browsers) {
        await enter(each, 'alice');
        clock.advance(1_000);
      }

      expect(await live()).toHaveLength(2);
      expect((await browser.get('/guarded')).json()).toMatchObject({ code: 'SESSION_EVICTED' });
      const types = (await events()).map(({ type }) => type).toSorted();
      const created = 'session.created';
      expect(types).toEqual([created, created, created, 'session.evicted']);
    });

    it('has the account at hand on the next request', async () => {
      await enter(browser, 'alice');

      const next = await browser.get('/passport/user');

      expect(next.json()).toEqual({ authenticated: true, user: { id: 'alice', name: 'Alice' } });
    });

    it('leaves no session and no cookie after req.logOut', async () => {
      await enter(browser, 'alice');

      const logout = await browser.post('/passport/logout');

      expect(logout.status).toBe(201);
      expect(logout.setCookie).toBe('');
      expect(await live()).toEqual([]);
      expect((await browser.get('/passport/user')).json()).toEqual({ authenticated: false });
    });

    it('changes the user where another logs in, and ends the first session', async () => {
      await enter(browser, 'alice');

      await enter(browser, 'bob');

      expect((await live()).map(({ user }) => user?.userId)).toEqual(['bob']);
      expect((await browser.get('/passport/user')).json()).toMatchObject({ user: { id: 'bob' } });
    });
  });

  it('authenticates the same user anew: same session, another token', async () => {
    await through('/passport/guarded')(browser, 'alice');
    const [before] = await live();
    const cookies = new Map(browser.cookies);

    await through('/passport/guarded')(browser, 'alice');

    expect((await live()).map(({ id }) => id)).toEqual([before!.id]);
    expect(browser.cookies).not.toEqual(cookies);
  });

  it('records the methods that the guard proves', async () => {
    await through('/passport/guarded')(browser, 'alice');

    expect((await live())[0]!.methods).toEqual(['pwd']);
  });

  it('opens nothing for a wrong password, and tells the audit who was tried', async () => {
    const refused = await browser.post('/passport/guarded', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'al\u0000ice', password: 'wrong' }),
    });

    expect(refused.status).toBe(401);
    expect(refused.setCookie).toBeUndefined();
    expect(await live()).toEqual([]);
    expect(await events()).toMatchObject([
      { type: 'login.failed', outcome: 'failure', userId: 'al\uFFFDice' },
    ]);
  });

  it('ends the session of an account that is no more', async () => {
    await browser.post('/login?user=carol');

    const next = await browser.get('/passport/user');

    expect(next.json()).toEqual({ authenticated: false });
    expect(next.setCookie).toBe('');
    expect(await live()).toEqual([]);
  });
});

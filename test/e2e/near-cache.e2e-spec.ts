import {
  Controller,
  Get,
  Injectable,
  Module,
  Post,
  Req,
  UseGuards,
  type CanActivate,
  type MiddlewareConsumer,
  type NestModule,
} from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import {
  memoryStore,
  Public,
  SessionGuard,
  SessionService,
  StrictSession,
  type FoundSession,
  type SessionId,
  type SessionStore,
} from '../../src/index.js';
import { SessionAdminModule } from '../../src/admin/index.js';
import { systemClock } from '../../src/core/clock.js';
import { anOperation, aTokenHash } from '../../src/testing/builders.js';
import { ADMIN_OPTIONS } from '../support/admin-app.js';
import { Browser } from '../support/browser.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';
import { withInstead } from '../support/stores.js';

/** Keeps what was found near, and is told nothing of what others change. */
class DeafNearCache {
  readonly store: SessionStore;
  readonly found = new Map<SessionId, FoundSession>();
  reads = 0;

  constructor(readonly shared: SessionStore) {
    this.store = withInstead(shared, {
      find: async (id) => {
        this.reads += 1;
        const found = await shared.find(id);
        if (found?.session.state === 'active') this.found.set(id, found);
        return found;
      },
      findCached: (id) => this.found.get(id),
    });
  }
}

@Injectable()
class AnySignedInGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

function view({ session, user }: Request): object {
  const { cookie: _cookie, ...data } = session;
  return { data, user: typeof user };
}

@Controller('strict')
class StrictController {
  @Get('guarded')
  @UseGuards(SessionGuard)
  @StrictSession()
  guarded(@Req() request: Request): object {
    return view(request);
  }

  @Get('alone')
  @UseGuards(AnySignedInGuard)
  @StrictSession()
  alone(@Req() request: Request): object {
    return view(request);
  }

  @Get('public')
  @Public()
  @StrictSession()
  open(@Req() request: Request): object {
    return view(request);
  }

  @Post('public')
  @Public()
  @StrictSession()
  write(@Req() request: Request): string {
    Object.assign(request.session, { written: 'yes' });
    return 'written';
  }
}

@Controller('strict-class')
@StrictSession()
class StrictClassController {
  @Get()
  @UseGuards(SessionGuard)
  read(): string {
    return 'read';
  }
}

/** Uses the session before any guard does. */
@Module({})
class EarlyModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply((request: Request, _: Response, next: NextFunction) => {
        request.user = {} as Express.User;
        if ('x-early' in request.headers) Object.assign(request.session, { early: 'yes' });
        next();
      })
      .forRoutes('{*path}');
  }
}

@Controller()
class PasswordController {
  constructor(private readonly sessions: SessionService) {}

  @Post('password')
  async change(@Req() request: Request): Promise<void> {
    await this.sessions.credentialsChanged(request);
  }
}

describe('a node whose near cache has not been told', () => {
  let near: DeafNearCache;
  let node: SessionApp;
  let browser: Browser;
  let id: SessionId;

  beforeAll(async () => {
    near = new DeafNearCache(memoryStore());
    node = await startSessionApp(
      { store: near.store, touchInterval: '1m' },
      {
        imports: [EarlyModule, SessionAdminModule.forRoot(ADMIN_OPTIONS)],
        controllers: [StrictController, StrictClassController, PasswordController],
      },
    );
  });
  afterAll(() => node.close());

  beforeEach(async () => {
    browser = new Browser(node.url);
    id = (await browser.post('/login?user=operator')).json<{ id: SessionId }>().id;
    await browser.post('/data?cart=1');
    near.found.clear();
    await browser.get('/guarded');
    near.reads = 0;
  });

  const endElsewhere = (): Promise<unknown> =>
    near.shared.revoke({ id, reason: 'admin' }, anOperation(systemClock));

  const saveElsewhere = (): Promise<unknown> =>
    near.shared.save({ id, set: { cart: '"2"' }, remove: [] }, anOperation(systemClock));

  it('serves what is no strict route without asking the store', async () => {
    await endElsewhere();

    const answer = await browser.get('/guarded');

    expect(answer.status).toBe(200);
    expect(near.reads).toBe(0);
  });

  it.each([
    '/strict/guarded',
    '/strict/alone',
    '/strict-class',
    '/fresh',
    '/admin/sessions?userId=operator',
  ])('serves a session that is alive at %s, after one read', async (path) => {
    const answer = await browser.get(path);

    expect(answer.status).toBe(200);
    expect(near.reads).toBe(1);
  });

  it.each([
    '/strict/guarded',
    '/strict/alone',
    '/strict-class',
    '/fresh',
    '/admin/sessions?userId=operator',
  ])('refuses an ended session at %s, and says why', async (path) => {
    await endElsewhere();

    const answer = await browser.get(path);

    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({ code: 'SESSION_REVOKED', reason: 'admin' });
    expect(answer.setCookie).toBeUndefined();
  });

  it.each(['/sessions', '/sessions/some-id'])(
    'lets an ended session end no other: DELETE %s',
    async (path) => {
      await endElsewhere();

      expect((await browser.delete(path)).status).toBe(401);
    },
  );

  it('gives no new token for one that was rotated away', async () => {
    const { session } = (await near.shared.find(id))!;
    const [from, to] = [session.tokenHash, aTokenHash(id, 1)];
    await near.shared.rotate({ id, from, to, kind: 'immediate' }, anOperation(systemClock));

    const answer = await browser.post('/password');

    expect(answer.status).toBe(401);
    expect(answer.setCookie).toBeUndefined();
    expect((await near.shared.find(id))?.session.tokenHash).toBe(to);
  });

  it('serves an ended session at a strict public route as anybody', async () => {
    await endElsewhere();

    const answer = await browser.get('/strict/public', { headers: { 'x-early': '1' } });

    expect(answer.json()).toMatchObject({ data: {}, user: 'undefined' });
  });

  it('drops what an ended session writes at a strict public route', async () => {
    await endElsewhere();

    const answer = await browser.post('/strict/public');

    expect(answer.status).toBe(201);
    expect(answer.setCookie).toBeUndefined();
    expect((await near.shared.find(id))?.session).not.toHaveProperty('data');
  });

  it('shows the data as they are now, and keeps what was written before the route was known', async () => {
    await saveElsewhere();

    const answer = await browser.get('/strict/guarded', { headers: { 'x-early': '1' } });

    expect(answer.json()).toMatchObject({ data: { cart: '2', early: 'yes' } });
    expect((await near.shared.find(id))?.session).toMatchObject({
      data: { cart: '"2"', early: '"yes"' },
    });
  });

  it('refuses with 503 at a strict route while the store is away', async () => {
    const find = near.shared.find.bind(near.shared);
    Object.assign(near.shared, { find: () => Promise.reject(new Error('away')) });

    const answers = [await browser.get('/guarded'), await browser.get('/strict/guarded')];

    Object.assign(near.shared, { find });
    expect(answers.map(({ status }) => status)).toEqual([200, 503]);
  });
});

import { All, Controller, Injectable, Param, Req, Res, type ModuleMetadata } from '@nestjs/common';
import type { Request, Response } from 'express';
import { SessionService, type SessionModuleOptions } from '../../src/index.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { startSessionApp, type SessionApp } from './session-app.js';
import { WatchedStore } from './watched-store.js';

/** What a spec has a request do. */
export type Handler = (request: Request, response: Response, sessions: SessionService) => unknown;

@Injectable()
class Handlers {
  private readonly handlers: Handler[] = [];

  add(handler: Handler): number {
    return this.handlers.push(handler) - 1;
  }

  run(index: string, request: Request, sessions: SessionService): unknown {
    return this.handlers[Number(index)]!(request, request.res!, sessions);
  }
}

@Controller()
class HandlerController {
  constructor(
    private readonly handlers: Handlers,
    private readonly sessions: SessionService,
  ) {}

  @All('returning/:index')
  return(@Param('index') index: string, @Req() request: Request): unknown {
    return this.handlers.run(index, request, this.sessions);
  }

  @All('responding/:index')
  respond(
    @Param('index') index: string,
    @Req() request: Request,
    @Res() _response: Response,
  ): unknown {
    return this.handlers.run(index, request, this.sessions);
  }
}

export interface HandlerApp extends SessionApp {
  readonly clock: FakeClock;
  readonly store: WatchedStore;
  /** The path of a new route that answers with what the handler returns. */
  returning(handler: Handler): string;
  /** The path of a new route whose handler answers by itself. */
  responding(handler: Handler): string;
  liveSessionsOf(userId: string): Promise<number>;
}

/**
 * An application whose handlers are written by the spec, on a store that it watches. Who is signed
 * in is also what `req.session.userId` says.
 */
export async function startHandlerApp(
  options: Partial<SessionModuleOptions> = {},
  { controllers = [], providers = [] }: ModuleMetadata = {},
): Promise<HandlerApp> {
  const clock = new FakeClock();
  const store = new WatchedStore();
  const app = await startSessionApp(
    {
      store: store.store,
      clock,
      userIdOf: ({ userId }) => userId as string | undefined,
      ...options,
    },
    { controllers: [HandlerController, ...controllers], providers: [Handlers, ...providers] },
  );
  const handlers = app.app.get(Handlers);
  return {
    ...app,
    clock,
    store,
    returning: (handler) => `/returning/${handlers.add(handler)}`,
    responding: (handler) => `/responding/${handlers.add(handler)}`,
    liveSessionsOf: async (userId) =>
      (await app.sessions.list({ tenantId: '', userId }, { limit: 20 })).items.length,
    close: async () => {
      app.app.getHttpServer().closeAllConnections();
      await app.close();
    },
  };
}

/** Calls a method of `req.session` as JavaScript may: without the callback. */
export function callWithoutCallback(
  session: Request['session'],
  name: 'reload' | 'destroy' | 'regenerate',
): void {
  const method = Reflect.get(session, name) as () => unknown;
  Reflect.apply(method, session, []);
}

import {
  Inject,
  Module,
  type MiddlewareConsumer,
  type NestModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import {
  APP_FILTER,
  APP_GUARD,
  DiscoveryModule,
  DiscoveryService,
  HttpAdapterHost,
  MetadataScanner,
} from '@nestjs/core';
import type { Express, RequestHandler } from 'express';
import type { SessionCore } from '../core/session-core.js';
import { CsrfPolicy } from '../express/csrf/csrf-policy.js';
import { Handshakes } from '../express/live/handshakes.js';
import { prepareApplication } from '../express/session-middleware.js';
import { SessionSubscriptions } from './graphql/session-subscriptions.js';
import { PassiveRouteGuard } from './guards/passive-route.guard.js';
import { SessionActivityGuard } from './guards/session-activity.guard.js';
import { StrictRouteGuard } from './guards/strict-route.guard.js';
import { cookieResolverProvider, handshakesProvider } from './handshakes.providers.js';
import { bindEventStreams } from './interceptors/session-stream.interceptor.js';
import { SessionEndedHandlers } from './session-ended-handlers.js';
import { SessionEvents } from './session-events.js';
import { SessionExceptionFilter } from './session-exception.filter.js';
import { SessionModuleBase } from './session.module-definition.js';
import { sessionMiddlewareProvider } from './session-middleware.provider.js';
import { SESSION_PROVIDERS } from './session.providers.js';
import { SessionService } from './session.service.js';
import { SessionViews } from './session-views.js';
import {
  SESSION_CORE,
  SESSION_MIDDLEWARE,
  SESSION_OPTIONS,
  SESSION_OUTBOX_SIGNAL,
  SESSION_STORE,
} from './session.tokens.js';

/**
 * Sessions for the whole application: its middleware runs before every other module's, so
 * `req.session` and the guards work everywhere. @publicApi
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    ...SESSION_PROVIDERS,
    cookieResolverProvider,
    handshakesProvider,
    sessionMiddlewareProvider,
    SessionService,
    SessionViews,
    SessionSubscriptions,
    SessionEndedHandlers,
    { provide: APP_GUARD, useClass: StrictRouteGuard },
    { provide: APP_GUARD, useClass: PassiveRouteGuard },
    { provide: APP_GUARD, useClass: SessionActivityGuard },
    { provide: APP_FILTER, useClass: SessionExceptionFilter },
  ],
  exports: [
    SessionService,
    SessionViews,
    SessionSubscriptions,
    SessionEvents,
    CsrfPolicy,
    Handshakes,
    SESSION_CORE,
    SESSION_OPTIONS,
    SESSION_STORE,
    SESSION_OUTBOX_SIGNAL,
  ],
})
export class SessionModule
  extends SessionModuleBase
  implements NestModule, OnApplicationBootstrap, OnApplicationShutdown
{
  constructor(
    @Inject(SESSION_CORE) private readonly core: SessionCore,
    @Inject(SESSION_MIDDLEWARE) private readonly middleware: RequestHandler,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly host: HttpAdapterHost,
  ) {
    super();
  }

  /** The middleware goes straight to Express: what Nest puts around one costs as much as it does itself. */
  configure(_consumer: MiddlewareConsumer): void {
    const { httpAdapter } = this.host;
    prepareApplication(httpAdapter.getInstance<Express>());
    httpAdapter.use(this.middleware);
    bindEventStreams(this.discovery, this.scanner);
  }

  onApplicationBootstrap(): void {
    this.core.sweeper.start();
  }

  /** Closes what the module opened; a client that the application handed in stays open. */
  async onApplicationShutdown(): Promise<void> {
    await this.core.jobs.close();
    await this.core.sweeper.stop();
    await this.core.facts.close();
    this.core.live.close();
    await this.core.endings.close();
    await this.core.store.close();
  }
}

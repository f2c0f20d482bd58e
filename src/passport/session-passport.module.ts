import {
  Inject,
  Module,
  type DynamicModule,
  type MiddlewareConsumer,
  type ModuleMetadata,
  type NestModule,
  type Type,
} from '@nestjs/common';
import passport from 'passport';
import { optionsIn, requireOption } from '../core/require-option.js';
import { SessionService } from '../nest/session.service.js';
import { restoreUser, serializeThrough } from './passport.middleware.js';
import { SessionSerializer } from './session-serializer.js';

/** @publicApi */
export interface SessionPassportModuleOptions {
  readonly serializer: Type<SessionSerializer>;
  /** Modules that export what the serializer injects. Default: none. */
  readonly imports?: ModuleMetadata['imports'];
}

/**
 * Passport for the whole application, after the session middleware: `req.user`, `req.logIn`,
 * `req.logOut` and `req.isAuthenticated` work everywhere. Needs `SessionModule`. @publicApi
 */
@Module({})
export class SessionPassportModule implements NestModule {
  constructor(
    @Inject(SessionSerializer) private readonly serializer: SessionSerializer,
    private readonly sessions: SessionService,
  ) {}

  /** @throws SessionConfigInvalidError */
  static forRoot(options: SessionPassportModuleOptions): DynamicModule {
    const { serializer, imports = [] } = optionsIn(
      'options',
      options,
    ) as SessionPassportModuleOptions;
    requireOption(
      typeof serializer === 'function',
      'serializer',
      'must be a class that extends SessionSerializer',
      serializer,
    );
    requireOption(Array.isArray(imports), 'imports', 'must be a list of modules', imports);
    return {
      module: SessionPassportModule,
      imports,
      providers: [{ provide: SessionSerializer, useClass: serializer }],
    };
  }

  configure(consumer: MiddlewareConsumer): void {
    serializeThrough(this.serializer);
    consumer
      .apply(passport.initialize(), restoreUser(this.serializer, this.sessions))
      .forRoutes('{*path}');
  }
}

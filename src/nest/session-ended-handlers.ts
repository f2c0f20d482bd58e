import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import type { SessionCore } from '../core/session-core.js';
import type { SessionEnding } from '../core/live/session-endings.js';
import { ON_SESSION_ENDED } from './decorators/metadata.js';
import { SESSION_CORE } from './session.tokens.js';

type Handler = (ending: SessionEnding) => unknown;

/** Calls what is under `@OnSessionEnded()`. Without any, nothing is listened to. */
@Injectable()
export class SessionEndedHandlers implements OnApplicationBootstrap, OnApplicationShutdown {
  private stopListening: (() => void) | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
    @Inject(SESSION_CORE) private readonly core: SessionCore,
  ) {}

  onApplicationBootstrap(): void {
    const wrappers = [...this.discovery.getProviders(), ...this.discovery.getControllers()];
    const lasting = wrappers.filter((wrapper) => wrapper.isDependencyTreeStatic());
    const instances = new Set(lasting.map(({ instance }) => instance as unknown));
    const handlers = [...instances].flatMap((instance) => this.handlersOf(instance));
    if (handlers.length === 0) return;
    this.stopListening = this.core.endings.listen({
      ended: (ending) => {
        for (const handler of handlers) void this.call(handler, ending);
      },
      doubted: () => undefined,
    });
  }

  onApplicationShutdown(): void {
    this.stopListening?.();
  }

  private handlersOf(instance: unknown): readonly Handler[] {
    if (typeof instance !== 'object' || instance === null) return [];
    return this.scanner
      .getAllMethodNames(Object.getPrototypeOf(instance) as object | null)
      .flatMap((name) => {
        const method: unknown = Reflect.get(instance, name);
        if (typeof method !== 'function') return [];
        const isHandler = this.reflector.get<boolean>(ON_SESSION_ENDED, method) === true;
        return isHandler ? [method.bind(instance) as Handler] : [];
      });
  }

  private async call(handler: Handler, ending: SessionEnding): Promise<void> {
    try {
      await handler(ending);
    } catch (error) {
      this.core.reportError(error);
    }
  }
}

import 'reflect-metadata';
import type { SessionModuleOptions } from 'nestjs-gatehouse';
import type { SessionCore } from '../../src/core/session-core.js';
import { SESSION_CORE } from '../../src/nest/session.tokens.js';
import { openStore, type OpenedStore } from '../race/store-place.js';
import { startGraphqlNode } from '../support/graphql-node.js';
import { PLATFORMS, startSocketNode } from '../support/live-sockets.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';
import {
  STRAGGLER_WINDOW_MS,
  type NodeCalls,
  type NodeUrls,
  type Order,
  type Report,
} from './node-protocol.js';

const OPTIONS = {
  audit: false,
  maxSessionsPerUser: 2,
  touchInterval: '100ms',
  liveActivity: 'none',
  stragglerWindow: STRAGGLER_WINDOW_MS,
  rotationGracePeriod: STRAGGLER_WINDOW_MS,
  handshakesPerMinute: 1_000_000,
} as const;

/** Applications in a process of their own, which another process tells what to do. */
class LiveNodeProcess implements NodeCalls {
  private readonly apps: SessionApp[] = [];
  private readonly stores: OpenedStore[] = [];

  async open(...[place, life]: Parameters<NodeCalls['open']>): Promise<NodeUrls> {
    const sleepy = { ...OPTIONS, idleTimeout: life.idleMs };
    const brief = { ...sleepy, absoluteTimeout: life.absoluteMs };
    const start = async (
      open: (options: Partial<SessionModuleOptions>) => Promise<SessionApp>,
      options: Partial<SessionModuleOptions> = OPTIONS,
    ): Promise<string> => {
      const opened = await openStore(place);
      this.stores.push(opened);
      const app = await open({ ...options, store: opened.store });
      this.apps.push(app);
      return app.url;
    };
    const [socketIo, ws] = PLATFORMS;
    return {
      accounts: await start(startSessionApp),
      sleepy: await start(startSessionApp, sleepy),
      brief: await start(startSessionApp, brief),
      socketIo: await start((options) =>
        startSocketNode(options.store!, socketIo!.adapter, options),
      ),
      ws: await start((options) => startSocketNode(options.store!, ws!.adapter, options)),
      streams: await start((options) => startGraphqlNode(options)),
    };
  }

  count(): number {
    return this.apps.reduce(
      (sum, { app }) => sum + app.get<SessionCore>(SESSION_CORE).live.count(),
      0,
    );
  }

  revoke(...[id]: Parameters<NodeCalls['revoke']>): Promise<boolean> {
    return this.accounts.sessions.revoke(id, { reason: 'ended-by-operator' });
  }

  async disable(...[user]: Parameters<NodeCalls['disable']>): Promise<void> {
    await this.accounts.sessions.disableUser(user);
  }

  async revokeEverything(): Promise<void> {
    await this.accounts.sessions.revokeEverything({ reason: 'breach' });
  }

  async close(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.close()));
    await Promise.all(this.stores.map((store) => store.release()));
  }

  private get accounts(): SessionApp {
    return this.apps[0]!;
  }
}

const node = new LiveNodeProcess();

async function carryOut({ order, call, args }: Order): Promise<Report> {
  try {
    return { order, value: await Reflect.apply(node[call] as never, node, args) };
  } catch (error) {
    return { order, error: String(error) };
  }
}

process.on('message', (order: Order) => {
  void carryOut(order).then((report) => process.connected && process.send!(report));
});
process.on('disconnect', () => process.exit());

import 'reflect-metadata';
import type { SessionCore } from '../../src/core/session-core.js';
import { SESSION_CORE } from '../../src/nest/session.tokens.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';
import type { Call, NodeControl, NodeParts, Reply } from './node-protocol.js';
import { openStore, type OpenedStore } from './store-place.js';

const SWEEP_BUDGET = 1_000;

/** An application in a process of its own, which another process tells what to do. */
class RaceNodeProcess implements NodeControl {
  private readonly clock = new FakeClock();
  private app: SessionApp | undefined;
  private opened: OpenedStore | undefined;
  private heldSoFar = 0;

  async open(...[place, options, now]: Parameters<NodeControl['open']>): Promise<string> {
    this.clock.set(now);
    this.opened = await openStore(place);
    const { clock } = this;
    this.app = await startSessionApp({ ...options, store: this.opened.store, clock });
    this.app.app.set('trust proxy', true);
    this.heldSoFar = 0;
    return this.app.url;
  }

  async close(): Promise<void> {
    await this.app?.close();
    await this.opened?.release();
  }

  setClock(now: number): void {
    this.clock.set(now);
  }

  save(...[request]: Parameters<NodeControl['save']>): ReturnType<NodeControl['save']> {
    const { store, operations } = this.core;
    return store.save(request, operations.begin({ initiator: 'user' }));
  }

  increment(...[id, key]: Parameters<NodeControl['increment']>): Promise<void> {
    return this.core.directory.update(id, (data) => ({
      ...data,
      [key]: ((data[key] as number | undefined) ?? 0) + 1,
    }));
  }

  async sweep(shard: number): Promise<void> {
    const { store, operations } = this.core;
    await store.sweep(shard, SWEEP_BUDGET, operations.begin({ initiator: 'system' }));
  }

  async held(): Promise<void> {
    this.heldSoFar += 1;
    await this.app?.gate.arrived(this.heldSoFar);
  }

  release(): void {
    this.app?.gate.open();
  }

  parts(): Partial<NodeParts> {
    return { ...(this.app && this.core), control: this };
  }

  private get core(): SessionCore {
    return this.app!.app.get<SessionCore>(SESSION_CORE);
  }
}

const node = new RaceNodeProcess();

async function answer({ call, part, method, args }: Call): Promise<Reply> {
  try {
    const target = node.parts()[part];
    if (!target) throw new Error('The application is not open');
    const value: unknown = await Reflect.apply(
      Reflect.get(target, method) as (...args: readonly unknown[]) => unknown,
      target,
      args,
    );
    return { call, value };
  } catch (error) {
    const { message, code } = error as { readonly message: string; readonly code?: string };
    return { call, error: { message, ...(code !== undefined && { code }) } };
  }
}

async function reply(call: Call): Promise<void> {
  const answered = await answer(call);
  if (process.connected) process.send!(answered);
}

process.on('message', (call: Call) => void reply(call));
process.on('disconnect', () => process.exit());

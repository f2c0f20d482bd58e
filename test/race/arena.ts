import type { AuditEvent } from '../../src/core/audit/audit-event.js';
import type { SessionStore } from '../../src/core/session-store.js';
import { resolveSessionOptions } from '../../src/core/policy/session-options.js';
import { shardOfUser, type User } from '../../src/core/user.js';
import { FakeClock } from '../../src/testing/fake-clock.js';
import { RaceNode, RemoteError } from './race-node.js';
import type { Random } from '../support/random.js';
import type { Scenario } from './scenario.js';
import {
  openStore,
  startPlace,
  type OpenedStore,
  type StartedPlace,
  type StoreKind,
} from './store-place.js';
import { Tally, type Violation } from './tally.js';

const OUTBOX_PAGE = 10_000;
/** A call that is late because the machine is busy is no race. */
const PATIENCE = '60s';

/** Several processes on one store, and the one clock that they all go by. */
export class Arena {
  /** What the nodes' clocks say, but for those that were set apart. */
  readonly clock = new FakeClock();
  tally = new Tally('');
  private users = 0;

  private constructor(
    readonly nodes: readonly RaceNode[],
    private readonly started: StartedPlace,
    private readonly opened: OpenedStore,
  ) {}

  static async start(kind: StoreKind, processes: number): Promise<Arena> {
    const started = await startPlace(kind);
    const opened = await openStore(started.place);
    const nodes = Array.from({ length: processes }, () => new RaceNode());
    return new Arena(nodes, started, opened);
  }

  get store(): SessionStore {
    return this.opened.store;
  }

  /** Whether events are told in the order of the changes; in SQL the clocks of the nodes decide. */
  get tellsInOrder(): boolean {
    return this.started.place.kind === 'redis';
  }

  async open({ name, options }: Scenario): Promise<void> {
    this.tally = new Tally(name);
    const settings = { ...options, storeTimeout: PATIENCE, sweepInterval: '1h' } as const;
    const { clock } = this;
    await this.store.start({
      ...resolveSessionOptions(settings),
      clock,
      warn: (message) => console.log(message),
    });
    await Promise.all(
      this.nodes.map(async (node) => {
        node.url = await node.control.open(this.started.place, settings, clock.now());
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.control.close()));
    await this.store.close();
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    await this.opened.release();
    await this.started.stop();
  }

  /** Every node's clock, `skewOf` each node apart from the one here. */
  async setClocks(skewOf: (node: RaceNode) => number = () => 0): Promise<void> {
    const now = this.clock.now();
    await Promise.all(this.nodes.map((node) => node.control.setClock(now + skewOf(node))));
  }

  newUser(): User {
    this.users += 1;
    return { tenantId: '', userId: `user-${this.users}` };
  }

  /** An address that no interleaving before this one had. */
  address(): string {
    const { users } = this;
    return `10.${(users >> 16) & 255}.${(users >> 8) & 255}.${users & 255}`;
  }

  anyNode(random: Random): RaceNode {
    return random.pick(this.nodes);
  }

  /** The events of the user, and of everybody, in the order of the changes; they are taken out. */
  async takeEvents(user: User): Promise<readonly AuditEvent[]> {
    const events = await this.takeShard(shardOfUser(user, this.store.shards));
    return events.filter(({ userId }) => userId === undefined || userId === user.userId);
  }

  async emptyOutbox(): Promise<void> {
    for (let shard = 0; shard < this.store.shards; shard += 1) await this.takeShard(shard);
  }

  check(holds: boolean, kind: Violation, message: string): void {
    this.tally.check(holds, kind, message);
  }

  count(name: string, by?: number): void {
    this.tally.count(name, by);
  }

  /** How many were live; of several the number that is farthest from the limit is kept. */
  noteLive(live: number, limit: number): void {
    const { counts } = this.tally;
    const noted = counts['liveAtLimit'] ?? limit;
    const isFarther = Math.abs(live - limit) >= Math.abs(noted - limit);
    counts['liveAtLimit'] = isFarther ? live : noted;
  }

  private async takeShard(shard: number): Promise<readonly AuditEvent[]> {
    const entries = await this.store.readOutbox(shard, OUTBOX_PAGE);
    const keys = entries.map(({ key }) => key);
    if (keys.length > 0) await this.store.acknowledge(shard, keys);
    return entries.map(({ event }) => event);
  }
}

/** What came of a call that may be refused: its answer, or the code of the refusal. */
export async function answerOf<Value>(
  call: Promise<Value>,
): Promise<Value | { readonly code: string }> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof RemoteError && error.code !== undefined) return { code: error.code };
    throw error;
  }
}

export const isRefusal = (answer: unknown): answer is { readonly code: string } =>
  typeof answer === 'object' && answer !== null && 'code' in answer;

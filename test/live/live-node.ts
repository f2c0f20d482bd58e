import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { StorePlace } from '../race/store-place.js';
import type { BriefLife, NodeCall, NodeCalls, NodeUrls, Order, Report } from './node-protocol.js';

const PROGRAM = fileURLToPath(new URL('node-process.js', import.meta.url));

type Waiting = (report: Report) => void;

/** A process with applications, as another process has it. */
export class LiveNode {
  private readonly waiting = new Map<number, Waiting>();
  private orders = 0;

  private constructor(
    private readonly child: ChildProcess,
    readonly urls: NodeUrls,
  ) {}

  static async start(place: StorePlace, life: BriefLife): Promise<LiveNode> {
    const child = fork(PROGRAM, { serialization: 'advanced' });
    process.once('exit', () => child.kill('SIGKILL'));
    const node = new LiveNode(child, {} as NodeUrls);
    child.on('message', (report: Report) => {
      node.waiting.get(report.order)?.(report);
      node.waiting.delete(report.order);
    });
    child.on('exit', (code) => node.fail(`The node ended with code ${code}`));
    Object.assign(node.urls, await node.tell('open', place, life));
    return node;
  }

  tell<Call extends NodeCall>(
    call: Call,
    ...args: Parameters<NodeCalls[Call]>
  ): Promise<Awaited<ReturnType<NodeCalls[Call]>>> {
    this.orders += 1;
    const order: Order = { order: this.orders, call, args };
    return new Promise((resolve, reject) => {
      this.waiting.set(order.order, ({ value, error }) => {
        if (error !== undefined) reject(new Error(error));
        else resolve(value as never);
      });
      this.child.send(order);
    });
  }

  async stop(): Promise<void> {
    await this.tell('close');
    const gone = once(this.child, 'exit');
    this.child.disconnect();
    await gone;
  }

  private fail(error: string): void {
    for (const [order, settle] of this.waiting) settle({ order, error });
    this.waiting.clear();
  }
}

import { setTimeout as pause } from 'node:timers/promises';
import { KeepAliveConnection, type Answer } from '../http/keep-alive-connection.js';
import { signIn } from '../http/sign-in.js';
import type { Visitor } from '../http/visitors.js';
import type { SilencingProxy } from '../../test/live/silencing-proxy.js';
import { Latencies } from '../../test/live/latencies.js';

/** From the answer to who ended the session to the first answer that refuses it, in milliseconds. */
export interface EndingFigures {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Endings after which a request was sent and still served. */
  readonly served: number;
}

interface Setting {
  /** Port of the node that ends sessions. */
  readonly killer: number;
  /** Port of the node that is asked for them. */
  readonly other: number;
  readonly count: number;
}

const POLL_MS = 5;
/** Links that were cut come back within this. */
const RECOVERY_MS = 4_000;

export class Endings {
  private readonly latencies = new Latencies();
  private served = 0;

  add(refusedAfterMs: number, served: number): void {
    this.latencies.add(refusedAfterMs);
    if (served > 0) this.served += 1;
  }

  get figures(): EndingFigures {
    return { ...this.latencies.figures, served: this.served };
  }
}

/** Ends sessions one after the other, each kept near by both nodes. */
export async function measureEndings({ killer, other, count }: Setting): Promise<Endings> {
  const endings = new Endings();
  const visits = await Visits.open(killer, other, count);
  for (let visit = 0; visit < count; visit += 1) {
    await visits.warm(visit);
    endings.add(...(await visits.end(visit, 0)));
  }
  visits.close();
  return endings;
}

/** The same, where the other node's link is frozen just before, and thawed afterwards. */
export async function measureFrozenLinks({
  proxy,
  killer,
  other,
  count,
}: Setting & { readonly proxy: SilencingProxy }): Promise<Endings> {
  const endings = new Endings();
  const visits = await Visits.open(killer, other, count);
  for (let visit = 0; visit < count; visit += 1) {
    await pause(RECOVERY_MS);
    await visits.warm(visit);
    proxy.silence();
    endings.add(...(await visits.end(visit, POLL_MS)));
    proxy.speak();
  }
  visits.close();
  return endings;
}

/** Visitors who are signed in, and connections to ask for them. */
class Visits {
  private constructor(
    private readonly killer: Asker,
    private readonly other: Asker,
    private readonly visitors: readonly Visitor[],
  ) {}

  static async open(killer: number, other: number, count: number): Promise<Visits> {
    const visitors = await signIn({ port: killer, path: '/me' }, count);
    return new Visits(await Asker.open(killer), await Asker.open(other), visitors);
  }

  close(): void {
    this.killer.close();
    this.other.close();
  }

  async warm(visit: number): Promise<void> {
    for (const asker of [this.killer, this.other])
      for (let times = 0; times < 2; times += 1)
        if ((await this.ask(asker, visit)) !== 200) throw new Error('A visitor is not signed in');
  }

  /** How long after the end it was refused, and how many requests were served until then. */
  async end(visit: number, pollMs: number): Promise<[refusedAfterMs: number, served: number]> {
    const { body } = await this.killer.ask('GET', `/sessions?visitor=${visit}`);
    const id = (JSON.parse(body) as readonly string[]).at(-1)!;
    const { status } = await this.killer.ask('DELETE', `/sessions?id=${id}`);
    if (status !== 200) throw new Error(`Ending a session was answered ${status}`);
    const endedAt = performance.now();
    let served = 0;
    for (; (await this.ask(this.other, visit)) === 200; served += 1)
      if (pollMs > 0) await pause(pollMs);
    return [performance.now() - endedAt, served];
  }

  private async ask(asker: Asker, visit: number): Promise<number> {
    return (await asker.ask('GET', '/me', this.visitors[visit]!.header)).status;
  }
}

/** One connection, one request after the other. */
class Asker {
  private constructor(
    private readonly connection: KeepAliveConnection,
    private readonly port: number,
  ) {}

  static async open(port: number): Promise<Asker> {
    const fail = (error: Error): void => {
      throw error;
    };
    return new Asker(await KeepAliveConnection.open(port, fail), port);
  }

  close(): void {
    this.connection.close();
  }

  ask(method: string, path: string, header = ''): Promise<Answer> {
    const request = `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${this.port}\r\n${header}\r\n`;
    return new Promise((resolve) => this.connection.send(Buffer.from(request), resolve));
  }
}

import { within } from '../../src/core/within.js';
import { startPlace, type StorePlace } from '../race/store-place.js';
import { eventually } from '../support/eventually.js';
import { CLIENT_KINDS, connectAll, type Client, type ClientKind } from './clients.js';
import { EPOCH, open, PROMPT_ENDINGS, slowEndings, type Ending } from './endings.js';
import { Latencies } from './latencies.js';
import { LiveNode } from './live-node.js';
import type { BriefLife } from './node-protocol.js';
import { startSilencingProxy, type SilencingProxy } from './silencing-proxy.js';

export interface StageOptions {
  readonly name: string;
  readonly store: 'redis' | 'postgres';
  /** Sessions that are ended in each way. */
  readonly rounds: number;
  readonly link: 'up' | 'silenced';
  /** One at a time, so that their latencies are their own; or all at once, to be done soon. */
  readonly pace: 'measured' | 'hurried';
  /** Long enough for all clients of the rounds at a time to connect meanwhile. */
  readonly life: BriefLife;
}

export interface StageResult {
  readonly ended: Readonly<Record<string, Latencies['figures']>>;
  readonly clients: Readonly<Record<string, Latencies['figures']>>;
  /** Over all endings by somebody, those by time left out: who looks when is no matter of messages. */
  readonly all: Latencies['figures'];
  readonly failures: readonly string[];
}

/** What closing may take beyond an absolute timeout: the check, and the machine being busy. */
const PATIENCE_MS = 17_000;
const BY_TIME = new Set(['idle', 'absolute']);
/** Rounds at a time where each has to be waited for. */
const ABREAST = 10;

/** Ends sessions on one process, in every way, and watches their connections on another. */
export class Stage {
  private readonly byEnding = new Map<string, Latencies>();
  private readonly byClient = new Map<ClientKind, Latencies>(
    CLIENT_KINDS.map((kind) => [kind, new Latencies()]),
  );
  private readonly all = new Latencies();
  private readonly failures: string[] = [];

  private constructor(
    private readonly options: StageOptions,
    private readonly left: LiveNode,
    private readonly right: LiveNode,
  ) {}

  static async run(options: StageOptions): Promise<StageResult> {
    const { place, stop } = await startPlace(options.store);
    const proxy = await startSilencingProxy(portOf(place));
    const [left, right] = await Promise.all([
      LiveNode.start(place, options.life),
      LiveNode.start(throughProxy(place, proxy), options.life),
    ]);
    const stage = new Stage(options, left, right);
    if (options.link === 'silenced') proxy.silence();
    await stage.endAll();
    await Promise.all([left.stop(), right.stop()]);
    await proxy.close();
    await stop();
    return stage.result;
  }

  private async endAll(): Promise<void> {
    const { rounds, link, pace, life } = this.options;
    const isHurried = pace === 'hurried';
    const slow = this.tryOften(slowEndings(life), ABREAST);
    if (!isHurried) await slow;
    await this.tryOften(PROMPT_ENDINGS, link === 'up' && !isHurried ? 1 : ABREAST);
    await slow;
    for (let done = 0; done < rounds; done += ABREAST) await this.tryOut(EPOCH);
    const left = (): Promise<number> => this.right.tell('count');
    await eventually(async () => (await left()) === 0).catch(async () =>
      this.failures.push(`${await left()} connections are left`),
    );
  }

  /** Each as often as there are rounds, so many rounds at a time. */
  private async tryOften(endings: readonly Ending[], abreast: number): Promise<void> {
    const { rounds } = this.options;
    for (let done = 0; done < rounds; done += abreast) {
      const now = Array.from({ length: Math.min(abreast, rounds - done) }, () => endings).flat();
      if (abreast > 1) await Promise.all(now.map((ending) => this.tryOut(ending)));
      else for (const ending of now) await this.tryOut(ending);
    }
  }

  /** What goes wrong on the way is one more failure. */
  private tryOut(ending: Ending): Promise<void> {
    return this.endOne(ending).catch((error: unknown) => {
      this.failures.push(`${ending.name}: ${String(error)}`);
    });
  }

  private async endOne(ending: Ending): Promise<void> {
    const opened = await open(this.left, ending.application);
    const clients = await connectAll(this.right.urls, opened.browser);
    const closings = clients.map((client) => this.closing(client, ending));
    const from = await ending.end(this.left, opened);
    const instants = await Promise.all(closings);
    for (const [index, instant] of instants.entries())
      if (instant !== undefined) this.note(ending, clients[index]!.kind, instant - from);
  }

  /** When it was closed; undefined where it was not, or not for this. */
  private async closing(
    { kind, ended }: Client,
    { name, reason }: Ending,
  ): Promise<number | undefined> {
    const longest = this.options.life.absoluteMs + PATIENCE_MS;
    const told = await within(longest, ended).catch((error: unknown) => String(error));
    if (told === reason) return performance.now();
    this.failures.push(`${kind} after ${name}: ${told}`);
    return undefined;
  }

  private note({ name }: Ending, kind: ClientKind, latency: number): void {
    const ofEnding = this.byEnding.get(name) ?? new Latencies();
    this.byEnding.set(name, ofEnding);
    ofEnding.add(latency);
    if (BY_TIME.has(name)) return;
    this.byClient.get(kind)!.add(latency);
    this.all.add(latency);
  }

  private get result(): StageResult {
    const figures = (of: ReadonlyMap<string, Latencies>) =>
      Object.fromEntries([...of].map(([name, latencies]) => [name, latencies.figures]));
    return {
      ended: figures(this.byEnding),
      clients: figures(this.byClient),
      all: this.all.figures,
      failures: this.failures,
    };
  }
}

const urlOf = (place: StorePlace): URL => {
  if (place.kind === 'sqlite') throw new Error('SQLite has no link');
  return new URL(place.url);
};

const portOf = (place: StorePlace): number => Number(urlOf(place).port);

function throughProxy(place: StorePlace, { port }: SilencingProxy): StorePlace {
  const url = urlOf(place);
  url.port = String(port);
  return { ...place, url: url.href } as StorePlace;
}

import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { median, type Latencies } from '../http/latencies.js';
import { SteadyLoad } from '../http/load.js';
import { startDelayingProxy, type DelayingProxy } from './delaying-proxy.js';
import { LoginProcess } from './login-process.js';
import { openAuditTables, type Servers } from './throughput.js';

export interface LoginExtent {
  readonly rounds: number;
  readonly sliceMs: number;
  readonly lagMs: number;
}

const STATES = ['up', 'slow', 'away'] as const;
type SqlState = (typeof STATES)[number];

export interface LoginLatency {
  readonly logins: number;
  readonly p50: number;
  readonly p99: number;
}

export interface Lag {
  readonly loginsPerSecond: number;
  /** From the change to the commit of its row, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
  /** What the application, relay included, had of one core. */
  readonly cpuShare: number;
}

export interface LoginFigures {
  readonly latency: Readonly<Record<SqlState, LoginLatency>>;
  readonly lag: Lag;
}

const SLOW_BY_MS = 500;
/** Far from what the machine can do, so that latencies are no queue. */
const LATENCY_RATE = 200;
const LAG_RATE = 1_000;
const CONNECTIONS = 64;
const WARM_UP_MS = 2_000;
const DRAINED_WITHIN_MS = 60_000;

/** One application under steady logins, and what becomes of them as its audit's database changes. */
export async function measureLogins(
  servers: Servers,
  { rounds, sliceMs, lagMs }: LoginExtent,
): Promise<LoginFigures> {
  const url = new URL(servers.postgresUrl);
  const proxy = await startDelayingProxy(Number(url.port));
  url.port = String(proxy.port);
  const rows = await openAuditTables(servers.postgresUrl);
  await rows.query('TRUNCATE audit_events');
  const application = await LoginProcess.start(servers.redisUrl, url.href);
  try {
    const bench = new LoginBench(application, proxy, rows);
    await bench.slice('up', LAG_RATE, WARM_UP_MS);
    const latency = await bench.latencies(rounds, sliceMs);
    return { latency, lag: await bench.lag(lagMs) };
  } finally {
    await application.stop();
    await rows.destroy();
    await proxy.close();
  }
}

class LoginBench {
  private logins = 0;

  constructor(
    private readonly application: LoginProcess,
    private readonly proxy: DelayingProxy,
    private readonly rows: DataSource,
  ) {}

  /** In turns, so that what else the machine does is in all of them. */
  async latencies(rounds: number, sliceMs: number): Promise<LoginFigures['latency']> {
    const found = STATES.map((state) => ({ state, slices: [] as Latencies[] }));
    for (let round = 0; round < rounds; round += 1)
      for (const { state, slices } of found)
        slices.push(await this.slice(state, LATENCY_RATE, sliceMs));
    const figures = found.map(({ state, slices }) => [state, figuresOf(slices)]);
    return Object.fromEntries(figures) as LoginFigures['latency'];
  }

  async lag(milliseconds: number): Promise<Lag> {
    const from = Date.now();
    const [began, cpuUs] = [performance.now(), await this.application.cpuUs()];
    const { count } = await this.slice('up', LAG_RATE, milliseconds);
    const elapsedMs = performance.now() - began;
    const used = (await this.application.cpuUs()) - cpuUs;
    const [quantiles] = await this.rows.query<{ readonly ms: readonly number[] }[]>(
      `SELECT percentile_disc(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY ms) AS ms FROM (
         SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 * 1000 - occurred_at AS ms
         FROM audit_events WHERE occurred_at >= $1) AS lags`,
      [from],
    );
    const [p50 = NaN, p99 = NaN, longest = NaN] = quantiles!.ms.map((ms) => Math.round(ms));
    return {
      loginsPerSecond: Math.round((1_000 * count) / milliseconds),
      p50,
      p99,
      longest,
      cpuShare: Math.round(used / elapsedMs / 10) / 100,
    };
  }

  /** A stretch of logins with the database in one state; ends when their rows are there. */
  async slice(state: SqlState, perSecond: number, milliseconds: number): Promise<Latencies> {
    this.proxy.delayMs = state === 'slow' ? SLOW_BY_MS : 0;
    this.proxy.isUp = state !== 'away';
    const visitor = { header: '', body: 'in' };
    const place = { port: this.application.port, path: '/login' };
    const load = await SteadyLoad.start(place, [visitor], { connections: CONNECTIONS, perSecond });
    const latencies = await load.run(milliseconds);
    await load.stop();
    this.logins += load.answered;
    this.proxy.delayMs = 0;
    this.proxy.isUp = true;
    await this.drained();
    return latencies;
  }

  private async drained(): Promise<void> {
    const until = performance.now() + DRAINED_WITHIN_MS;
    while ((await this.count()) < this.logins) {
      if (performance.now() > until) throw new Error('Events of logins did not become rows');
      await pause(100);
    }
  }

  private async count(): Promise<number> {
    const [found] = await this.rows.query<{ readonly count: string }[]>(
      `SELECT count(*) FROM audit_events WHERE type = 'session.created'`,
    );
    return Number(found!.count);
  }
}

/** Medians over the slices, which one disturbance of the machine does not move. */
const figuresOf = (slices: readonly Latencies[]): LoginLatency => ({
  logins: slices.reduce((sum, { count }) => sum + count, 0),
  p50: medianOf(slices, 0.5),
  p99: medianOf(slices, 0.99),
});

const medianOf = (slices: readonly Latencies[], share: number): number =>
  Math.round(100 * median(slices.map((slice) => slice.quantile(share)))) / 100;

import { Redis } from 'ioredis';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { memoryStore, type SessionModuleOptions, type SessionStore } from '../../src/index.js';
import { redisStore } from '../../src/storage/redis/index.js';
import { startDemo } from '../support/demo-process.js';
import {
  findChromium,
  startPrivatePostgres,
  startPrivateRedis,
} from '../support/launcher/index.mjs';
import { startStrippingProxy } from './stripping-proxy.js';
import { startUiApp, type UiApp } from './ui-app.js';
import { Visit, type VisitOptions } from './visit.js';

/** Where sessions and audit live. */
export const BACKENDS = ['memory and SQLite', 'Redis and PostgreSQL'] as const;
export type Backend = (typeof BACKENDS)[number];

export interface AppOptions {
  readonly sessions?: Partial<SessionModuleOptions>;
  readonly prefix?: string;
  /** What a proxy before the application takes away from paths, such as `/tools`. Default: no proxy. */
  readonly strippedPrefix?: string;
}

/** One browser and the servers behind it; applications are started as scenarios ask for them. */
export class Stage {
  private readonly endings: (() => Promise<unknown>)[] = [];
  private databases = 0;

  private constructor(
    private readonly browser: Browser,
    private readonly places: Places,
  ) {}

  static async open(backend: Backend): Promise<Stage> {
    const browser = await chromium.launch({
      executablePath: await findChromium(),
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
    return new Stage(browser, backend === 'memory and SQLite' ? await local() : await servers());
  }

  /** An application of its own, with nothing in it. */
  async start({ sessions = {}, prefix, strippedPrefix }: AppOptions = {}): Promise<UiApp> {
    this.databases += 1;
    const name = `ui_${this.databases}`;
    const app = await startUiApp({
      sessions: { store: this.places.store(name), ...sessions },
      database: await this.places.database(name),
      ...(prefix !== undefined && { prefix }),
    });
    this.endings.unshift(() => app.close());
    if (strippedPrefix === undefined) return app;
    const proxy = await startStrippingProxy(app.url, strippedPrefix);
    this.endings.unshift(() => proxy.close());
    return { ...app, url: proxy.url };
  }

  /** The demo as it is built, in a process of its own; answers its address. */
  async startDemo(): Promise<string> {
    const demo = await startDemo(this.places.demo);
    this.endings.unshift(() => demo.stop());
    return demo.url;
  }

  /** A browser window of its own, with its own cookies. */
  async visit(url: string, options?: VisitOptions): Promise<Visit> {
    const visit = await Visit.begin(this.browser, url, options);
    this.endings.unshift(() => visit.end());
    return visit;
  }

  /** Ends what a scenario has opened. */
  async clear(): Promise<void> {
    for (const end of this.endings.splice(0)) await end().catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.clear();
    await this.browser.close();
    await this.places.close();
  }
}

interface Places {
  store(name: string): SessionStore;
  database(name: string): Promise<DataSourceOptions>;
  /** The demo's environment, which has them in the same places. */
  readonly demo: Readonly<Record<string, string>>;
  close(): Promise<unknown>;
}

async function local(): Promise<Places> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-ui-'));
  return {
    store: () => memoryStore(),
    database: async (name) => ({ type: 'better-sqlite3', database: join(folder, name) }),
    demo: {},
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

async function servers(): Promise<Places> {
  const [redis, postgres] = await Promise.all([startPrivateRedis(), startPrivatePostgres()]);
  return {
    store: (name) => redisStore(new Redis(redis.url, { lazyConnect: true }), { prefix: name }),
    database: async (name) => ({
      type: 'postgres',
      url: postgres.url,
      schema: await schema(postgres.url, name),
    }),
    demo: { REDIS_URL: redis.url, DATABASE_URL: postgres.url },
    close: () => Promise.all([redis.stop(), postgres.stop()]),
  };
}

/** Each application has a schema of its own. */
async function schema(url: string, name: string): Promise<string> {
  const database = await new DataSource({ type: 'postgres', url }).initialize();
  await database.query(`CREATE SCHEMA ${name}`);
  await database.destroy();
  return name;
}

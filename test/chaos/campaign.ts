import { randomBytes } from 'node:crypto';
import { auditEntities, auditMigrations } from 'nestjs-gatehouse/audit';
import { DataSource } from 'typeorm';
import { startPrivatePostgres, type PrivateServer } from '../support/private-postgres.js';
import { ApplicationHost } from './application-host.js';
import { Cleanup } from './cleanup.js';
import { HttpClient } from './http-client.js';
import type { Pace } from './pace.js';

const SHARED_HOSTS = 2;

interface Reach {
  readonly nearCache: boolean;
  readonly servedForMs: number;
}

export const FAR: Reach = { nearCache: false, servedForMs: 0 };
/** The lease that applications have by default. */
export const NEAR: Reach = { nearCache: true, servedForMs: 1_500 };

/** What all groups of faults share: the pace, and servers and processes that no fault harms. */
export class Campaign {
  readonly cleanup = new Cleanup();
  readonly http = this.cleanup.add(new HttpClient(), (http) => http.close());
  private sharedHosts: Promise<readonly ApplicationHost[]> | undefined;
  private sharedPostgres: Promise<PrivateServer> | undefined;

  constructor(
    readonly pace: Pace,
    readonly seed: string,
    private readonly reach: Reach,
  ) {}

  get nearCache(): boolean {
    return this.reach.nearCache;
  }

  /** How long after its end was answered a session may be served elsewhere. */
  get servedForMs(): number {
    return this.reach.servedForMs;
  }

  /** Where applications live that are not killed. */
  hosts(): Promise<readonly ApplicationHost[]> {
    this.sharedHosts ??= Promise.all(Array.from({ length: SHARED_HOSTS }, () => this.forkHost()));
    return this.sharedHosts;
  }

  async forkHost(clockAheadMs = 0): Promise<ApplicationHost> {
    return this.stopping(await ApplicationHost.fork(clockAheadMs), (host) => host.kill());
  }

  postgres(): Promise<PrivateServer> {
    this.sharedPostgres ??= this.privatePostgres();
    return this.sharedPostgres;
  }

  async privatePostgres(): Promise<PrivateServer> {
    return this.stopping(await startPrivatePostgres(), (server) => server.stop());
  }

  /** A new database with the audit's tables; its URL. */
  async auditDatabase(server: PrivateServer): Promise<string> {
    const name = `chaos_${randomBytes(6).toString('hex')}`;
    const admin = await new DataSource({ type: 'postgres', url: server.url }).initialize();
    await admin.query(`CREATE DATABASE ${name}`);
    await admin.destroy();
    const url = new URL(server.url);
    url.pathname = `/${name}`;
    return url.href;
  }

  async openDatabase(url: string): Promise<DataSource> {
    const dataSource = await new DataSource({
      type: 'postgres',
      url,
      entities: auditEntities,
      migrations: auditMigrations,
    }).initialize();
    await dataSource.runMigrations();
    return this.stopping(dataSource, (opened) => opened.destroy());
  }

  stopping<Thing>(thing: Thing, stop: (thing: Thing) => unknown): Thing {
    return this.cleanup.add(thing, stop);
  }
}

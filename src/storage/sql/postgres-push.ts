import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { StoreWatchers, type MessageSource } from '../../core/live/store-watchers.js';
import { within } from '../../core/within.js';
import type { Dialect } from './dialect.js';
import { localPush, messageIn, notify, type Push } from './push.js';

/** What is used of a client of `pg`. */
interface ListeningClient {
  connect(): Promise<void>;
  query(text: string): Promise<unknown>;
  end(): Promise<void>;
  on(event: 'notification', listener: (told: { readonly payload?: string }) => void): void;
  on(event: 'end' | 'error', listener: () => void): void;
}

interface Pool {
  readonly options: object;
  readonly Client: new (options: object) => ListeningClient;
}

/** Pauses before the next attempt at a connection: doubled each time, up to the longest. */
const RETRY_MS = { first: 50, longest: 1_000 } as const;
/** How long a server may take to let itself be listened to. */
const CONNECT_MS = 2_000;
/** How soon a connection that has gone silent is taken for dead: after one and two of these. */
const BEAT_MS = 1_000;

/** As far as the database can tell. */
export const pushOf = (dataSource: DataSource, dialect: Dialect): Push =>
  dataSource.options.type === 'postgres' ? postgresPush(dataSource, dialect) : localPush();

/** Tells every process on the database, by `NOTIFY` as part of each change. */
function postgresPush(dataSource: DataSource, dialect: Dialect): Push {
  const channelName = (): string => channelOf(dialect);
  const watchers: StoreWatchers = new StoreWatchers(
    'disconnected',
    () => new Listener(dataSource, channelName(), watchers),
  );
  return {
    watchers,
    send: (messages) => notify(messages.length > 0 ? channelName() : '', messages),
    committed: () => undefined,
  };
}

/** Channels are the whole database's: each installation's is named after where its tables are. */
function channelOf(dialect: Dialect): string {
  const place = dialect.tablePath('session_records');
  return `gatehouse_${createHash('sha256').update(place).digest('hex').slice(0, 16)}`;
}

/** Keeps one connection of its own, beside the pool, that listens. */
class Listener implements MessageSource {
  private client: ListeningClient | undefined;
  private closed = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly channel: string,
    private readonly watchers: StoreWatchers,
  ) {
    void this.keepListening();
  }

  close(): void {
    this.closed = true;
    this.client?.end().catch(() => undefined);
  }

  private async keepListening(): Promise<void> {
    for (let pause: number = RETRY_MS.first; !this.closed;) {
      const heard = await this.listen().catch(() => false);
      pause = heard ? RETRY_MS.first : Math.min(2 * pause, RETRY_MS.longest);
      if (!this.closed) await delay(pause * (0.5 + Math.random() / 2), undefined, { ref: false });
    }
  }

  /** Returns when the connection has been lost. @throws whatever kept it from being made */
  private async listen(): Promise<true> {
    const { master: pool } = this.dataSource.driver as unknown as { readonly master: Pool };
    const client = new pool.Client({ ...pool.options, connectionTimeoutMillis: CONNECT_MS });
    const lost = new Promise<void>((resolve) => {
      client.on('end', resolve);
      client.on('error', resolve);
    });
    client.on('notification', ({ payload = '' }) => this.receive(payload));
    this.client = client;
    try {
      await client.connect();
      await within(CONNECT_MS, client.query(`listen ${this.channel}`));
      if (!this.closed) this.watchers.turn('connected');
      await Promise.race([lost, this.beatWhileAnswered(client)]);
    } finally {
      if (!this.closed) this.watchers.turn('disconnected');
      client.end().catch(() => undefined);
    }
    return true;
  }

  private async beatWhileAnswered(client: ListeningClient): Promise<void> {
    while (this.client === client && !this.closed) {
      await delay(BEAT_MS, undefined, { ref: false });
      await within(BEAT_MS, client.query('select 1'));
    }
  }

  private receive(payload: string): void {
    const message = messageIn(payload);
    if (message && !this.closed) this.watchers.tell(message);
  }
}

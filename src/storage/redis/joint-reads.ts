import type { RedisConnection } from './redis-connection.js';

/** Undefined where nothing is. */
export type RecordBytes = readonly [epoch: Buffer | undefined, record: Buffer | undefined];

interface Asked {
  readonly epochKey: string;
  readonly recordKey: string;
  readonly resolve: (found: RecordBytes) => void;
  readonly reject: (error: Error) => void;
}

/** One command holds Redis up no longer than that many records take. */
const MOST_RECORDS = 64;

/**
 * Reads of one record each, those of one turn of the event loop in one command: under load it is the
 * command and its write to the socket that costs, not the record. A lone read waits for nothing but
 * the end of the turn. Not for a Cluster, where one command has one node, and one node's failure
 * must not be that of the others' records.
 */
export class JointReads {
  private waiting: Asked[] = [];

  constructor(
    private readonly connection: RedisConnection,
    private readonly timeoutMs: number,
  ) {}

  /** @throws SessionStoreUnavailableError */
  read(epochKey: string, recordKey: string): Promise<RecordBytes> {
    return new Promise((resolve, reject) => {
      if (this.waiting.length === MOST_RECORDS) void this.send();
      if (this.waiting.length === 0) setImmediate(() => void this.send());
      this.waiting.push({ epochKey, recordKey, resolve, reject });
    });
  }

  private async send(): Promise<void> {
    const asked = this.waiting;
    if (asked.length === 0) return;
    this.waiting = [];
    const keys = asked.flatMap(({ epochKey, recordKey }) => [epochKey, recordKey]);
    try {
      const values = await this.connection.call('find', this.timeoutMs, (client) =>
        client.mgetBuffer(keys),
      );
      for (const [index, { resolve }] of asked.entries())
        resolve([values[2 * index] ?? undefined, values[2 * index + 1] ?? undefined]);
    } catch (error) {
      for (const { reject } of asked) reject(error as Error);
    }
  }
}

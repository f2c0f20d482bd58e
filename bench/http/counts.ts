import type { Redis } from 'ioredis';
import { CONNECTIONS, type Contestant } from './bench-run.js';
import { countByRequest, type RequestKind } from './commands-by-request.js';
import { SaturatingLoad } from './load.js';
import { COUNTED_ROWS } from './rows.js';

/** After so many the optimizing compiler has had its say, on a busy machine too. */
const LEAD_REQUESTS = 4_000;
const MEASURED_REQUESTS = 2_000;

/** What noise on the machine cannot touch. */
export interface Counts {
  /** That the server allocates for one `GET /me`. */
  readonly allocatedBytes: number;
  /** Sent to Redis by kind of request; known of ours alone. */
  readonly commands?: Readonly<Record<RequestKind, number>>;
}

export async function count(contestant: Contestant, redis: Redis): Promise<Counts> {
  const allocatedBytes = await allocatedByRequest(contestant);
  if (!COUNTED_ROWS.includes(contestant.row.name)) return { allocatedBytes };
  return { allocatedBytes, commands: await countByRequest(contestant, redis) };
}

async function allocatedByRequest({ server, place, visitors }: Contestant): Promise<number> {
  const load = await SaturatingLoad.start(place, visitors, CONNECTIONS);
  await load.runRequests(LEAD_REQUESTS);
  await server.ask('count');
  const before = load.answered;
  await load.runRequests(MEASURED_REQUESTS);
  const { bytes } = await server.ask('allocation');
  const answered = load.answered - before;
  await load.stop();
  return bytes / answered;
}

/**
 * Most commands that a request of ours may send, by row. With a near cache a change is the script and
 * one command more, which is answered when the script's message has left for the other nodes.
 */
const MOST_COMMANDS: Readonly<Record<string, Readonly<Record<RequestKind, number>>>> = {
  strict: { anonymous: 0, read: 1, write: 2, listOfFive: 1, kill: 1 },
  near: { anonymous: 0, read: 0, write: 2, listOfFive: 1, kill: 2 },
};

/** Of what express-session with connect-redis allocates beside bare Nest, the most that ours may. */
const MOST_ALLOCATED: Readonly<Record<string, number>> = { strict: 1, near: 0.75 };

/** What is over its bound, in words. */
export function excesses(counts: ReadonlyMap<string, Counts>): readonly string[] {
  return COUNTED_ROWS.flatMap((row) => {
    const { commands } = counts.get(row) ?? {};
    const share = allocatedShare(counts, row) ?? 0;
    const kinds = Object.entries(commands ?? {}) as [RequestKind, number][];
    return [
      ...kinds
        .filter(([kind, sent]) => sent > MOST_COMMANDS[row]![kind])
        .map(
          ([kind, sent]) =>
            `${row}: ${sent} commands for ${kind}, over ${MOST_COMMANDS[row]![kind]}`,
        ),
      ...(share > MOST_ALLOCATED[row]!
        ? [
            `${row}: allocates ${share.toFixed(2)} of what connect-redis does, over ${MOST_ALLOCATED[row]}`,
          ]
        : []),
    ];
  });
}

/** What a row allocates beside bare Nest, as a share of what express-session with connect-redis does. */
export function allocatedShare(
  counts: ReadonlyMap<string, Counts>,
  row: string,
): number | undefined {
  const [own, peer, bare] = [row, 'connect-redis', 'bare'].map(
    (name) => counts.get(name)?.allocatedBytes,
  );
  if (own === undefined || peer === undefined || bare === undefined) return undefined;
  return (own - bare) / (peer - bare);
}

import { Redis } from 'ioredis';
import type { PrivateServer } from './private-redis.js';

const KEYS_AT_A_TIME = 10;
const MIGRATE_WITHIN_MS = 2_000;

/** A connection to one master of a Cluster. */
export interface Master {
  readonly client: Redis;
  readonly id: string;
  readonly port: number;
}

export const connectToMasters = (servers: readonly PrivateServer[]): Promise<readonly Master[]> =>
  Promise.all(
    servers.map(async ({ port }) => {
      const client = new Redis(port);
      return { client, port, id: await client.cluster('MYID') };
    }),
  );

/** Moves the slot of a key, with all that is in it, to another master, as an operator would. */
export const moveSlotOf = async (key: string, masters: readonly Master[]): Promise<void> =>
  (await beginMovingSlotOf(key, masters))();

/** The same up to where all that is in the slot has moved, and nobody has been told that the slot has. */
export async function beginMovingSlotOf(
  key: string,
  masters: readonly Master[],
): Promise<() => Promise<void>> {
  const slot = await slotOf(key, masters);
  const source = await ownerOf(slot, masters);
  const [target, ...others] = masters.filter((master) => master !== source);
  await target!.client.cluster('SETSLOT', slot, 'IMPORTING', source.id);
  await source.client.cluster('SETSLOT', slot, 'MIGRATING', target!.id);
  await moveKeys(slot, source, target!);
  return async () => {
    for (const { client } of [target!, source, ...others])
      await client.cluster('SETSLOT', slot, 'NODE', target!.id);
  };
}

/** The port of the master that serves a key. */
export async function portServing(key: string, masters: readonly Master[]): Promise<number> {
  return (await ownerOf(await slotOf(key, masters), masters)).port;
}

const slotOf = (key: string, [any]: readonly Master[]): Promise<number> =>
  any!.client.cluster('KEYSLOT', key);

async function moveKeys(slot: number, source: Master, target: Master): Promise<void> {
  const to = ['127.0.0.1', target.port, '', 0, MIGRATE_WITHIN_MS] as const;
  for (;;) {
    const keys = await source.client.cluster('GETKEYSINSLOT', slot, KEYS_AT_A_TIME);
    if (keys.length === 0) return;
    await source.client.call('MIGRATE', ...to, 'KEYS', ...(keys as unknown as string[]));
  }
}

async function ownerOf(slot: number, masters: readonly Master[]): Promise<Master> {
  const ranges = await masters[0]!.client.cluster('SLOTS');
  const range = ranges.find(([first, last]) => first <= slot && slot <= last);
  return masters.find(({ port }) => port === Number(range?.[2]?.[1]))!;
}

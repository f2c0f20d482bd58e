import { Redis } from 'ioredis';
import { checkAgainstModel, type OpenEmptyStore } from '../model/check-against-model.js';
import { inMemory, inRedis, inSql } from '../model/empty-stores.js';
import { openDataSource, startPlace, type StoreKind } from './store-place.js';

export type ModelKind = StoreKind | 'memory';

/** Runs sequences against the reference model; tells the shortest that it does not explain. */
export async function runModel(
  kind: ModelKind,
  { runs, seed }: { readonly runs: number; readonly seed: number },
): Promise<boolean> {
  const began = performance.now();
  const { open, stop } = await openStores(kind);
  try {
    await checkAgainstModel(open, { runs, seed });
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    console.log(`reference model on ${kind}: ${runs} runs agree, ${seconds} s`);
    return true;
  } catch (error) {
    console.log(`reference model on ${kind}: DISAGREES`);
    console.log(error);
    return false;
  } finally {
    await stop();
  }
}

async function openStores(
  kind: ModelKind,
): Promise<{ readonly open: OpenEmptyStore; readonly stop: () => Promise<void> }> {
  if (kind === 'memory') return { open: inMemory, stop: async () => undefined };
  const { place, stop } = await startPlace(kind);
  if (place.kind === 'redis') {
    const client = new Redis(place.url);
    return { open: inRedis(client), stop: () => client.quit().then(stop) };
  }
  const dataSource = await openDataSource(place);
  return { open: inSql(dataSource), stop: () => dataSource.destroy().then(stop) };
}

import { LRUCache } from 'lru-cache';
import { cleanText } from '../core/audit/audit-text.js';
import { requireOption } from '../core/require-option.js';

/**
 * Where an address is, as coarsely as it should be shown, such as `Vienna, Austria`; undefined: it
 * is not known. Asked once an hour for each address that is shown. @publicApi
 */
export type PlaceOf = (address: string) => string | undefined | Promise<string | undefined>;

/** For how long a page waits for all places that it shows. */
const PATIENCE_MS = 500;
const MAX_PLACE = 100;
const [MAX_KEPT, GOOD_FOR_MS] = [10_000, 3_600_000];

/** Places as the application tells them; quietly none where it fails, or takes too long. */
export class Places {
  private readonly kept = new LRUCache<string, Promise<string | undefined>>({
    max: MAX_KEPT,
    ttl: GOOD_FOR_MS,
  });

  constructor(
    private readonly placeOf: PlaceOf | undefined,
    private readonly reportError: (error: unknown) => void,
  ) {}

  /** By address; those that are known within half a second. */
  async of(addresses: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const places = new Map<string, string>();
    const { placeOf } = this;
    if (placeOf === undefined || addresses.length === 0) return places;
    const lookUps = [...new Set(addresses)].map(async (address) => {
      const place = await this.lookUp(address, placeOf);
      if (place !== undefined) places.set(address, place);
    });
    await withPatience(Promise.all(lookUps));
    return new Map(places);
  }

  private lookUp(address: string, placeOf: PlaceOf): Promise<string | undefined> {
    const kept = this.kept.get(address);
    if (kept) return kept;
    const place = Promise.resolve(address)
      .then(placeOf)
      .then(cleanPlace)
      .catch((error: unknown) => {
        this.kept.delete(address);
        this.reportError(error);
        return undefined;
      });
    this.kept.set(address, place);
    return place;
  }
}

/** The application may answer with anything. */
const cleanPlace = (place: unknown): string | undefined =>
  typeof place === 'string' && place !== '' ? cleanText(place, MAX_PLACE) : undefined;

/** @throws SessionConfigInvalidError */
export function requirePlaceOf(placeOf: PlaceOf | undefined): PlaceOf | undefined {
  const isFunction = placeOf === undefined || typeof placeOf === 'function';
  requireOption(isFunction, 'placeOf', 'must be a function of an address', placeOf);
  return placeOf;
}

async function withPatience(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([work, patience]);
  clearTimeout(timer);
}

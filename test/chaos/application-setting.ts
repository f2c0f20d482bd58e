/** Where an application finds its Redis. */
export type RedisPlace =
  | { readonly kind: 'single'; readonly port: number }
  | { readonly kind: 'cluster'; readonly ports: readonly number[] }
  | { readonly kind: 'sentinel'; readonly ports: readonly number[]; readonly name: string };

/** All that one application of the chaos suite is told. */
export interface ApplicationSetting {
  readonly redis: RedisPlace;
  readonly prefix: string;
  readonly shards: number;
  /** Of the audit. */
  readonly databaseUrl: string;
  readonly storeTimeoutMs: number;
  readonly rotationIntervalMs: number;
  readonly durability: 'acknowledged' | 'replicated';
  readonly nearCache: boolean;
}

export type ToApplication = { readonly start: ApplicationSetting; readonly number: number };

export type FromApplication =
  | { readonly ready: true }
  | { readonly number: number; readonly url: string }
  | { readonly number: number; readonly failure: string };

import type { SessionId } from '../../src/core/ids.js';
import type { SessionCore } from '../../src/core/session-core.js';
import type { SessionOptionsInput } from '../../src/core/policy/session-options.js';
import type { SaveRequest, SaveResult } from '../../src/core/session-store.js';
import type { StorePlace } from './store-place.js';

/** What a node does besides being an application. */
export interface NodeControl {
  /** Starts the application, with its clock at `now`, and tells its address. */
  open(place: StorePlace, options: SessionOptionsInput, now: number): Promise<string>;
  close(): Promise<void>;
  setClock(now: number): void;
  save(request: SaveRequest): Promise<SaveResult>;
  /** `sessions.update` that adds one to a number in the data. */
  increment(id: SessionId, key: string): Promise<void>;
  sweep(shard: number): Promise<void>;
  /** Resolves when one more request waits inside its handler. */
  held(): Promise<void>;
  /** Lets all that wait go on. */
  release(): void;
}

/** The parts of a node that others may call. */
export type NodeParts = Pick<
  SessionCore,
  'lifecycle' | 'rotation' | 'directory' | 'facts' | 'store'
> & { readonly control: NodeControl };

/** The same from another process: every method answers later. */
export type Remote<Part> = {
  readonly [Name in keyof Part]: Part[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never;
};

export interface Call {
  readonly call: number;
  readonly part: keyof NodeParts;
  readonly method: string;
  readonly args: readonly unknown[];
}

export interface Reply {
  readonly call: number;
  readonly value?: unknown;
  readonly error?: { readonly code?: string; readonly message: string };
}

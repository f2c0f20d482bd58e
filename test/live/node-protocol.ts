import type { SessionId, User } from 'nestjs-gatehouse';
import type { StorePlace } from '../race/store-place.js';

/** Applications of one process, by what they are for. */
export interface NodeUrls {
  /** Logs in and out; its sessions live long. */
  readonly accounts: string;
  /** The same, with sessions that soon fall asleep. */
  readonly sleepy: string;
  /** The same, with sessions that are soon over besides. */
  readonly brief: string;
  readonly socketIo: string;
  readonly ws: string;
  /** GraphQL and event streams. */
  readonly streams: string;
}

/** When sessions of the applications `sleepy` and `brief` end by themselves. */
export interface BriefLife {
  readonly idleMs: number;
  /** Longer than `idleMs`, and well short of twice that. */
  readonly absoluteMs: number;
}

/** What a node does when it is told to. */
export interface NodeCalls {
  open(place: StorePlace, life: BriefLife): Promise<NodeUrls>;
  /** Connections that are bound here, or asked to close and not gone. */
  count(): number;
  revoke(id: SessionId): Promise<boolean>;
  disable(user: User): Promise<void>;
  revokeEverything(): Promise<void>;
  close(): Promise<void>;
}

export type NodeCall = keyof NodeCalls;

export interface Order {
  readonly order: number;
  readonly call: NodeCall;
  readonly args: readonly unknown[];
}

export interface Report {
  readonly order: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** How long after its end a token may come back without being taken for stolen. */
export const STRAGGLER_WINDOW_MS = 1_000;

import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../support/random.js';
import type { Campaign } from './campaign.js';
import type { Status } from './http-client.js';
import type { Pace } from './pace.js';
import type { Stage } from './stage.js';
import type { Tally } from './tally.js';
import type { Traffic } from './traffic.js';

/** What a fault has at hand while it strikes. */
export interface Strike<Place extends Stage> {
  readonly stage: Place;
  readonly pace: Pace;
  readonly random: Random;
  readonly traffic: Traffic;
  readonly tally: Tally;
  /** Says something worth printing below the table. */
  readonly note: (text: string) => void;
}

export interface Fault<Place extends Stage> {
  /** Kebab-case. */
  readonly name: string;
  /** Brings the stage into the state that the fault is about, before there is traffic. */
  readonly prepare?: (stage: Place) => Promise<void>;
  /** Resolves when the fault is in full force, or has passed. */
  readonly inject: (strike: Strike<Place>) => Promise<void>;
  /** How long it lasts from then on. */
  readonly lastsMs?: (pace: Pace) => number;
  readonly heal?: (strike: Strike<Place>) => Promise<void>;
  /** Whose applications have the traffic, and on what. Default: all as the stage has it. */
  readonly stageOf?: (stage: Place) => Stage;
  /** Makes the stage whole again for the next fault, once this one has been judged. */
  readonly restore?: (stage: Place) => Promise<void>;
  /** Holds what this fault alone is about, once all is quiet again. */
  readonly inspect?: (strike: Strike<Place>) => Promise<void>;
  /** What requests may be answered meanwhile, beside their usual answers. */
  readonly mayAnswer: readonly Status[];
  /** No application reaches the store from `inject` until `heal`. */
  readonly storeAway?: 'everywhere';
  /** `measured`: acknowledged changes may be lost under this persistence, and are counted instead. */
  readonly keeps: 'everything' | 'measured';
}

/** Faults that share a stage and strike one after the other. */
export interface Group<Place extends Stage> {
  readonly name: string;
  readonly open: (campaign: Campaign) => Promise<Place>;
  readonly faults: readonly Fault<Place>[];
}

export const UNAVAILABLE = 503;

/** What the store's being away may cause: a clear answer, and nothing else. */
export const STORE_AWAY: readonly Status[] = [UNAVAILABLE];

export const wait = (ms: number): Promise<void> => pause(ms);

import type { Scenario } from '../scenario.js';
import { browserRequests } from './browser-requests.js';
import { loginAgainstEnds } from './login-against-ends.js';
import { parallelWriters } from './parallel-writers.js';
import { replays } from './replay.js';
import { rotatedAway } from './rotated-away.js';
import { rotations } from './rotation.js';
import { sessionLimits } from './session-limit.js';
import { slowWriters } from './slow-writers.js';

export const SCENARIOS: readonly Scenario[] = [
  slowWriters,
  rotatedAway,
  parallelWriters,
  ...sessionLimits,
  ...loginAgainstEnds,
  ...browserRequests,
  ...rotations,
  ...replays,
];

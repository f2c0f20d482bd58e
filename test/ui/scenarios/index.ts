import type { Scenario } from '../scenario.js';
import * as connection from './connection.js';
import * as looks from './looks.js';
import * as operator from './operator.js';
import * as selfService from './self-service.js';

export const SCENARIOS: readonly Scenario[] = [operator, selfService, connection, looks].flatMap(
  (module) => Object.values(module),
);

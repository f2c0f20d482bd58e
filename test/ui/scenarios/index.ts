import type { Scenario } from '../scenario.js';
import * as connection from './connection.js';
import * as demo from './demo.js';
import * as keyboard from './keyboard.js';
import * as looks from './looks.js';
import * as ofATenant from './operator-of-a-tenant.js';
import * as operator from './operator.js';
import * as selfService from './self-service.js';

export const SCENARIOS: readonly Scenario[] = [
  operator,
  ofATenant,
  keyboard,
  selfService,
  connection,
  looks,
  demo,
].flatMap((module) => Object.values(module));

import type { Domain } from '../domain.js';
import { adoption } from './adoption.js';
import { audit } from './audit.js';
import { bodies } from './bodies.js';
import { cookies } from './cookies.js';
import { drivers } from './drivers.js';
import { filters } from './filters.js';
import { flood } from './flood.js';
import { headers } from './headers.js';
import { parsers } from './parsers.js';
import { paths } from './paths.js';

/** The audit comes last, because it reads what all others have left there and in the log. */
export const DOMAINS: readonly Domain[] = [
  parsers,
  cookies,
  paths,
  filters,
  headers,
  bodies,
  adoption,
  flood,
  drivers,
  audit,
];

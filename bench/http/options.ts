import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import type { RoundsSetting } from './rounds.js';
import { ROWS, PRINCIPAL_ROWS, type Row } from './rows.js';

/** How long each part takes. */
export interface Extent {
  readonly warmUpMs: number;
  readonly throughput: RoundsSetting & { readonly sliceMs: number };
  readonly latency: RoundsSetting & { readonly sliceMs: number };
  /** Rows whose counts are made; the principal ones are those of the latency. */
  readonly counts: 'all' | 'principal';
}

export interface BenchOptions {
  readonly rows: readonly Row[];
  /** Path of the Node that runs the servers. */
  readonly node: string;
  readonly profile: boolean;
  readonly extent: Extent;
}

const LONG: Extent = {
  warmUpMs: 3_000,
  throughput: { rounds: 21, fewest: 21, budgetMs: Infinity, sliceMs: 1_000 },
  latency: { rounds: 15, fewest: 15, budgetMs: Infinity, sliceMs: 2_000 },
  counts: 'all',
};

const QUICK: Extent = {
  warmUpMs: 400,
  throughput: { rounds: 7, fewest: 3, budgetMs: 16_000, sliceMs: 250 },
  latency: { rounds: 5, fewest: 3, budgetMs: 8_000, sliceMs: 400 },
  counts: 'principal',
};

const NONE = { rounds: 0, fewest: 0, budgetMs: 0, sliceMs: 0 };
const COUNTS: Extent = { warmUpMs: 1_000, throughput: NONE, latency: NONE, counts: 'all' };

/** From the command line. @throws Error that names what is wrong */
export function readOptions(): BenchOptions {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      counts: { type: 'boolean', default: false },
      node: { type: 'string' },
      only: { type: 'string' },
      profile: { type: 'boolean', default: false },
    },
  });
  return {
    rows: rowsOf(values),
    node: values.node === undefined ? process.execPath : pathOfNode(values.node),
    profile: values.profile,
    extent: values.counts ? COUNTS : values.quick ? QUICK : LONG,
  };
}

function rowsOf({ only, counts }: { only?: string; counts: boolean }): readonly Row[] {
  if (only !== undefined) return only.split(',').map(rowNamed);
  return counts ? PRINCIPAL_ROWS.map(rowNamed) : ROWS;
}

function rowNamed(name: string): Row {
  const row = ROWS.find((one) => one.name === name);
  if (row) return row;
  throw new Error(`--only knows ${ROWS.map((one) => one.name).join(', ')}, not "${name}"`);
}

/** npm fetches it if need be, and is not there when servers run. */
function pathOfNode(version: string): string {
  if (!/^\d+(\.\d+){0,2}$/.test(version))
    throw new Error(`--node has to be a version such as 24, not "${version}"`);
  const command = ['-y', '-p', `node@${version}`, 'node', '-p', 'process.execPath'];
  return execFileSync('npx', command, { encoding: 'utf8' }).trim();
}

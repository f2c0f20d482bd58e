import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REQUIREMENTS, requirementOf } from './requirements.js';

/** What is read of Jest's report. */
interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
  }[];
}

interface Finding {
  readonly requirement: string;
  readonly tests: number;
  readonly failed: number;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SPECS = ['test/asvs', 'test/meta/asvs.spec.ts'];

/** Runs the specs beside this file under Jest, which starts the servers that they need. */
async function runSpecs(): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-asvs-'));
  const output = join(folder, 'report.json');
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
  const report = ['--json', `--outputFile=${output}`, '--silent', '--forceExit'];
  const flags = [...report, '--testPathIgnorePatterns=/node_modules/', '--', ...SPECS];
  try {
    await exitOf(process.execPath, [...node, jest, ...flags]);
    return JSON.parse(await readFile(output, 'utf8')) as Report;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Jest tells of its progress on standard error; what it would print on standard output is the report. */
const exitOf = (command: string, parameters: readonly string[]): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, parameters, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
    child.on('error', reject).on('exit', resolve);
  });

function findingsIn({ testResults }: Report): readonly Finding[] {
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  return REQUIREMENTS.map((requirement) => {
    const own = results.filter(({ title }) => requirementOf(title) === requirement);
    const failed = own.filter(({ status }) => status !== 'passed').length;
    return { requirement, tests: own.length, failed };
  });
}

function print({ requirement, tests, failed }: Finding): void {
  const verdict = failed > 0 ? 'BROKEN' : tests > 0 ? 'held' : 'UNTESTED';
  console.log(`${verdict.padEnd(8)} ${requirement.padEnd(12)} ${tests} tests`);
}

/** All of it takes well under a minute, so `--quick` leaves nothing out. */
async function main(): Promise<boolean> {
  const report = await runSpecs();
  const findings = findingsIn(report);
  findings.forEach(print);
  const held = findings.filter(({ tests, failed }) => tests > 0 && failed === 0);
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const unloaded = report.testResults.filter(
    ({ assertionResults }) => assertionResults.length === 0,
  );
  const failed = results.filter(({ status }) => status !== 'passed').length + unloaded.length;
  const seconds = Math.round(performance.now() / 1_000);
  const tests = results.length;
  console.log(
    JSON.stringify({ requirements: held.length, of: findings.length, tests, failed, seconds }),
  );
  return failed === 0 && held.length === findings.length;
}

process.exitCode = (await main()) ? 0 : 1;

import { readFile } from 'node:fs/promises';
import { DataSource } from 'typeorm';
import { auditEntities } from '../audit/audit-schema.js';
import type {
  AuditHead,
  AuditVerification,
  AuditVerifyProgress,
} from '../audit/audit-verification.js';
import { AuditVerifier } from '../audit/audit-verifier.js';
import { CliError } from './cli-error.js';
import type { VerifyCommand } from './command-line.js';
import type { Anchors } from './open-anchors.js';
import { reportOf } from './report.js';
import type { Settings } from './settings.js';
import type { Terminal } from './terminal.js';

const PROGRESS_INTERVAL_MS = 1_000;

/** Answers the exit status. Rejects where it cannot be told. */
export async function verifyAudit(
  command: VerifyCommand,
  settings: Settings,
  terminal: Terminal,
): Promise<0 | 1> {
  const heads = await headsIn(command.anchorsFile);
  const verification = await verify(command, settings, heads, terminal);
  terminal.print(
    command.output === 'json' ? `${JSON.stringify(verification)}\n` : reportOf(verification),
  );
  const isAnchored = command.unanchored === 'reported' || verification.unanchored.length === 0;
  return verification.valid && isAnchored ? 0 : 1;
}

async function verify(
  { maxFindings, progress }: VerifyCommand,
  { database, keys, redis }: Settings,
  heads: readonly AuditHead[],
  terminal: Terminal,
): Promise<AuditVerification> {
  const dataSource = new DataSource({ ...database, entities: auditEntities });
  const anchors = redis && (await anchorsIn(redis, terminal));
  try {
    await dataSource.initialize();
    const verifier = new AuditVerifier({ dataSource, keys, ...(anchors && { anchors }) });
    return await verifier.verify({
      heads,
      ...(maxFindings !== undefined && { maxFindings }),
      ...(progress === 'shown' && { onProgress: progressOn(terminal) }),
    });
  } finally {
    await anchors?.close();
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

/** Loads ioredis only where there is a Redis. */
async function anchorsIn(
  redis: NonNullable<Settings['redis']>,
  terminal: Terminal,
): Promise<Anchors> {
  const { openAnchors } = await import('./open-anchors.js');
  return openAnchors(redis, (message) => terminal.tell(`${message}\n`));
}

/** @throws CliError */
async function headsIn(file: string | undefined): Promise<readonly AuditHead[]> {
  if (file === undefined) return [];
  const printed = (await readJson(file)) as { readonly heads?: readonly AuditHead[] } | null;
  if (printed?.heads === undefined)
    throw new CliError(`--anchors ${file} has no heads; it must be what --json printed`);
  return printed.heads;
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new CliError(`--anchors ${file} cannot be read as JSON`, { cause: error });
  }
}

function progressOn(terminal: Terminal): (progress: AuditVerifyProgress) => void {
  let nextAt = performance.now() + PROGRESS_INTERVAL_MS;
  return ({ rows, total }) => {
    if (performance.now() < nextAt) return;
    nextAt = performance.now() + PROGRESS_INTERVAL_MS;
    const share = Math.floor((100 * rows) / Math.max(rows, total));
    terminal.tell(`${rows} of ${total} rows, ${share} %\n`);
  };
}

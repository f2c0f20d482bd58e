import { parseArgs } from 'node:util';
import { CliError } from './cli-error.js';

export type Command =
  { readonly name: 'help' | 'version' } | ({ readonly name: 'verify' } & VerifyCommand);

export interface VerifyCommand {
  /** A file with what an earlier run printed with `--json`. */
  readonly anchorsFile: string | undefined;
  readonly maxFindings: number | undefined;
  readonly output: 'text' | 'json';
  readonly progress: 'shown' | 'hidden';
  readonly unanchored: 'reported' | 'broken';
}

export const USAGE = `Usage: gatehouse audit verify [options]

Reads every row of the audit and names those that are not as they were written.

Options:
  --anchors <file>    ends of chains that an earlier run printed with --json
  --require-anchors   a chain whose end is anchored nowhere counts as broken
  --max-findings <n>  how many findings to list (default: 100)
  --json              print one JSON object
  --quiet             show no progress
  --help, --version

Environment:
  DATABASE_URL        postgres://… or mariadb://…; else DATA_FOLDER/audit.sqlite
  DATA_FOLDER         default: ./data
  AUDIT_KEYS          keyId=key[,keyId=key…], or none for a chain that is not keyed
  REDIS_URL           the sessions' Redis, for the anchors
  REDIS_PREFIX        default: gh

Exit status: 0 nothing is wrong, 1 something is, 2 it could not be told.
`;

/** @throws CliError */
export function parseCommandLine(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  if (values.help === true) return { name: 'help' };
  if (values.version === true) return { name: 'version' };
  if (positionals.join(' ') !== 'audit verify')
    throw new CliError(
      positionals.length === 0
        ? 'no command is given; the only one is: audit verify'
        : `there is no command "${positionals.join(' ')}"; the only one is: audit verify`,
    );
  return {
    name: 'verify',
    anchorsFile: values.anchors,
    maxFindings: countIn(values['max-findings']),
    output: values.json === true ? 'json' : 'text',
    progress: values.quiet === true ? 'hidden' : 'shown',
    unanchored: values['require-anchors'] === true ? 'broken' : 'reported',
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        anchors: { type: 'string' },
        'require-anchors': { type: 'boolean' },
        'max-findings': { type: 'string' },
        json: { type: 'boolean' },
        quiet: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new CliError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function countIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new CliError('--max-findings must be a whole number from 1 to 9999999');
}

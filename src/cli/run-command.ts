import { readFileSync } from 'node:fs';
import { CliError } from './cli-error.js';
import { parseCommandLine, USAGE } from './command-line.js';
import { readSettings } from './settings.js';
import type { Terminal } from './terminal.js';

const PACKAGE = new URL('../../package.json', import.meta.url);

/** Answers the exit status: 0 all is well, 1 something is broken, 2 it could not be done. Never rejects. */
export async function runCommand(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  terminal: Terminal,
): Promise<0 | 1 | 2> {
  try {
    return await run(args, environment, terminal);
  } catch (error) {
    const message = error instanceof Error ? error.message || error.name : String(error);
    terminal.tell(`gatehouse: ${message}\n`);
    if (error instanceof CliError) terminal.tell('Try gatehouse --help\n');
    return 2;
  }
}

async function run(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  terminal: Terminal,
): Promise<0 | 1> {
  const command = parseCommandLine(args);
  switch (command.name) {
    case 'help':
      terminal.print(USAGE);
      return 0;
    case 'version': {
      const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
      terminal.print(`${version}\n`);
      return 0;
    }
    case 'verify': {
      const settings = readSettings(environment);
      // TypeORM and ioredis are optional, and slow to load.
      const { verifyAudit } = await import('./audit-verify.js');
      return verifyAudit(command, settings, terminal);
    }
  }
}

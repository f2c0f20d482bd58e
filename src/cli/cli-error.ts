/** The command cannot be done: what was asked for makes no sense, or a setting is missing or wrong. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

import type { LoggerService } from '@nestjs/common';

/** Every line that Nest's logger is given; of an error its message, because stacks have lines. */
export class CapturedLog implements LoggerService {
  readonly lines: string[] = [];

  readonly log = (message: unknown): void => {
    this.lines.push(message instanceof Error ? message.message : String(message));
  };
  readonly warn = this.log;
  readonly error = this.log;
  readonly fatal = this.log;
}

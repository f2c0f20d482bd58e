const NEWLINE = 0x0a;
const QUOTE = 0x22;

/** Counts the rows of a file that comes in pieces; a line break in a quoted field of CSV ends none. */
export class RowCounter {
  private lines = 0;
  private isQuoted = false;

  constructor(private readonly format: 'csv' | 'jsonl') {}

  /** The header of CSV is no row. */
  get rows(): number {
    return this.format === 'csv' ? Math.max(0, this.lines - 1) : this.lines;
  }

  take(piece: Uint8Array): void {
    for (const byte of piece) {
      if (byte === NEWLINE && !this.isQuoted) this.lines += 1;
      else if (byte === QUOTE && this.format === 'csv') this.isQuoted = !this.isQuoted;
    }
  }
}

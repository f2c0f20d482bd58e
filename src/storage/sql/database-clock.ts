import type { Database, Deadline } from './database.js';
import { ownClock } from './spellings.js';
import { sql } from './sql.js';
import { integerIn } from './session-row.js';

const READINGS = 3;
const WORRYING_OFFSET_MS = 2_000;

/** The database's clock against this process', as last measured. */
export class DatabaseClock {
  private offset = 0;
  private error = 0;

  /** The database's clock minus this process'; 0 where the measurement cannot tell them apart. */
  get offsetMs(): number {
    return this.offset;
  }

  get isWorrying(): boolean {
    return Math.abs(this.offset) > WORRYING_OFFSET_MS;
  }

  /** An instant `remainingMs` from now on the database's clock; rather too early than too late. */
  instantIn(remainingMs: number): number {
    return Math.floor(Date.now() + this.offset - this.error + remainingMs);
  }

  /** Of several readings the quickest is the most exact; a busy moment spoils one, not all. */
  async measure(database: Database, deadline: Deadline): Promise<void> {
    let best = await read(database, deadline);
    for (let further = 1; further < READINGS; further += 1) {
      const reading = await read(database, deadline);
      if (reading.error < best.error) best = reading;
    }
    this.error = best.error;
    this.offset = Math.abs(best.offset) <= best.error ? 0 : best.offset;
  }
}

/** The database told the time somewhere between question and answer: in the middle, give or take half. */
async function read(
  database: Database,
  deadline: Deadline,
): Promise<{ readonly offset: number; readonly error: number }> {
  const asked = Date.now();
  const [row] = await database.read(sql`select ${ownClock} as now_ms`, deadline);
  const answered = Date.now();
  return {
    offset: Math.round(integerIn(row!, 'now_ms') - (asked + answered) / 2),
    // One more, because this process' clock is read in whole milliseconds.
    error: (answered - asked) / 2 + 1,
  };
}

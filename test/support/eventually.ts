import { setTimeout as pause } from 'node:timers/promises';

const ATTEMPTS = 200;
const PAUSE_MS = 25;

/** For what another process does in its own time: asks until the answer is yes, five seconds at most. */
export async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (await holds()) return;
    await pause(PAUSE_MS);
  }
  throw new Error('It did not come to hold within five seconds');
}

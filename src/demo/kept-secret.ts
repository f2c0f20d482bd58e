import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const secretFileIn = (folder: string): string => join(folder, 'session-secret');

/** The secret that is kept in the folder, so that a restart signs nobody out; made if there is none. */
export function keptSecret(folder: string): string {
  const file = secretFileIn(folder);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    makeSecret(file);
  }
  return readFileSync(file, 'utf8');
}

/** The file appears complete or not at all, and the first of several processes decides. */
function makeSecret(file: string): void {
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  writeFileSync(draft, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!existsSync(file)) throw error;
  } finally {
    rmSync(draft);
  }
}

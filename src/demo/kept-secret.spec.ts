import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptSecret, secretFileIn } from './kept-secret.js';

describe('the secret that the demo keeps', () => {
  let parent: string;
  let folder: string;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'gatehouse-secret-'));
    folder = join(parent, 'data');
  });

  afterEach(() => rm(parent, { recursive: true }));

  it('is made once, and never the same in two places', () => {
    const first = keptSecret(folder);

    expect(keptSecret(folder)).toBe(first);
    expect(keptSecret(parent)).not.toBe(first);
    expect(Buffer.from(first, 'base64url')).toHaveLength(32);
  });

  it('is for the owner’s eyes alone, and leaves nothing else behind', async () => {
    keptSecret(folder);

    expect((await stat(secretFileIn(folder))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['session-secret']);
  });

  it('is what the file says', async () => {
    await writeFile(secretFileIn(parent), 'a secret from elsewhere');

    expect(keptSecret(parent)).toBe('a secret from elsewhere');
  });
});

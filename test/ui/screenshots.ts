/** Renews `docs/images`: every view at two widths, light and dark. */
import { mkdir } from 'node:fs/promises';
import { Stage } from './stage.js';
import { AGENTS, populate, signInAt, signOutAt } from './visitors.js';

const FOLDER = new URL('../../docs/images/', import.meta.url);
const VIEWS = {
  overview: '/admin/?view=overview',
  sessions: '/admin/?view=sessions',
  user: '/admin/?view=user&user=amelia.brooks&tenant=acme',
  audit: '/admin/?view=audit',
  emergency: '/admin/?view=emergency',
  account: '/account/sessions/',
} as const;
const SETTLED_MS = 1_500;

await mkdir(FOLDER, { recursive: true });
const stage = await Stage.open('memory and SQLite');
const { url } = await stage.start();
for (let index = 0; index < 23; index += 1)
  await signOutAt(url, await signInAt(url, { user: 'noah.fischer' }));
await populate(url, 70);
for (const userAgent of AGENTS.slice(2, 5)) await signInAt(url, { user: 'operator', userAgent });
for (const colorScheme of ['light', 'dark'] as const)
  for (const width of [1_440, 390]) {
    const visit = await stage.visit(url, { colorScheme, width, reducedMotion: 'reduce' });
    await visit.signIn('operator', '/admin/');
    for (const [name, path] of Object.entries(VIEWS)) {
      await visit.open(path);
      await visit.page.waitForTimeout(SETTLED_MS);
      const file = new URL(`${name}-${colorScheme}-${width}.png`, FOLDER);
      await visit.page.screenshot({ path: file.pathname });
    }
    await visit.end();
  }
await stage.close();
process.exit(0);

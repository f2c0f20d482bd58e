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
const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];

const PLACES = ['Vienna, Austria', 'Graz, Austria', 'Zurich, Switzerland', 'Milan, Italy'];
/** Of some addresses it knows none. */
const placeOf = (address: string): string | undefined =>
  PLACES[Number(address.split('.').at(-1)) % (PLACES.length + 1)];

await mkdir(FOLDER, { recursive: true });
const stage = await Stage.open('memory and SQLite');
let behindMs = 0;
const clock = { now: (): number => Date.now() - behindMs };
const { url } = await stage.start({
  sessions: { placeOf, clock, idleTimeout: '24h', absoluteTimeout: '2d' },
});
for (behindMs = DAY_MS - HOUR_MS; behindMs > 0; behindMs -= HOUR_MS) {
  const hour = behindMs / HOUR_MS;
  await populate(url, 2 + ((hour * 5) % 7), hour * 11);
  const phone = await signInAt(url, { user: 'noah.fischer', userAgent: AGENTS[3] });
  for (let index = 0; index < (hour * 3) % 5; index += 1) {
    const cookie = await signInAt(url, { user: 'noah.fischer' });
    await signOutAt(url, cookie, index === 1 ? phone : cookie);
  }
  await signOutAt(url, phone);
}
behindMs = 0;
await populate(url, 5);
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

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startUiApp } from './ui-app.js';
import { populate, signInAt } from './visitors.js';

/** The application of these tests, to be looked at in a browser. Ends with the process. */
const folder = await mkdtemp(join(tmpdir(), 'gatehouse-ui-'));
const { url } = await startUiApp({
  sessions: { selfServiceFreshWithin: '10m' },
  database: { type: 'better-sqlite3', database: join(folder, 'audit.sqlite') },
});
await populate(url, 70);
await signInAt(url, {
  user: '<img src=x onerror=alert(1)>',
  userAgent: '<script>alert(2)</script>',
});
console.log(`${url}/admin (user "operator", password "correct horse")`);

// Imports the named entry points, from ES modules and from CommonJS, in a folder that must hold
// none of the package's optional peers but those that its package.json asks for.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));
const require = createRequire(import.meta.url);

const { dependencies } = readJson('package.json');
const { peerDependenciesMeta } = readJson('node_modules/nestjs-gatehouse/package.json');
const strangers = Object.keys(peerDependenciesMeta).filter(
  (peer) => !dependencies[peer] && existsSync(join('node_modules', peer)),
);
if (strangers.length > 0) throw new Error(`Installed without being asked for: ${strangers}`);

for (const entryPoint of process.argv.slice(2)) {
  const name = join('nestjs-gatehouse', entryPoint);
  const names = Object.keys(await import(name));
  if (names.length === 0) throw new Error(`${name} exports nothing`);
  require(name);
  console.log(`${name}: ${names.length} exports`);
}

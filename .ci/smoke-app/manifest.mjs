// Prints the package.json of a new application: the packed package, Nest, and what else is asked
// for, in the versions that the repository has installed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const NEST = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
  'reflect-metadata',
  'rxjs',
];

const [repository, tarball, ...optional] = process.argv.slice(2);

const installedVersion = (name) =>
  JSON.parse(readFileSync(join(repository, 'node_modules', name, 'package.json'), 'utf8')).version;

const dependencies = Object.fromEntries(
  [...NEST, ...optional].map((name) => [name, installedVersion(name)]),
);

/** TypeORM's own peer range stops short of the newest ioredis. */
const overrides =
  dependencies.typeorm && dependencies.ioredis ? { typeorm: { ioredis: '$ioredis' } } : undefined;

const manifest = {
  name: 'smoke-test',
  private: true,
  type: 'module',
  dependencies: { ...dependencies, 'nestjs-gatehouse': `file:${tarball}` },
  overrides,
};
console.log(JSON.stringify(manifest, null, 2));

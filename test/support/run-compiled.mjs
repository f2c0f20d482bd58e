/**
 * Runs a program of the tests: `node test/support/run-compiled.mjs <program.ts> [arguments]`.
 * All sources are compiled once, into a folder of their own that goes when the program ends, so
 * that the processes it forks load plain JavaScript, and the same whatever is edited meanwhile.
 */
import { transformFile } from '@swc/core';
import { rmSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CACHE = join(ROOT, 'node_modules/.cache');
const COMPILED = ['src', 'test', 'bench'];
/** What programs read besides, and in a place relative to their own. */
const LINKED = ['README.md', 'docs', 'dist'];
const COMPILER_OPTIONS = {
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

const [, , program, ...programArguments] = process.argv;
if (program === undefined) throw new Error('Name the program to run');

await mkdir(CACHE, { recursive: true });
const folder = await mkdtemp(join(CACHE, 'gatehouse-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

await Promise.all([
  ...COMPILED.map((name) => compileFolder(join(ROOT, name), join(folder, name))),
  ...LINKED.map((name) => symlink(join(ROOT, name), join(folder, name))),
  writePackage(),
]);
const compiled = join(folder, nameOfCompiled(relative(ROOT, resolve(program))));
process.argv = [process.execPath, compiled, ...programArguments];
await import(pathToFileURL(compiled).href);

async function compileFolder(from, to) {
  await mkdir(to, { recursive: true });
  const entries = await readdir(from, { withFileTypes: true });
  await Promise.all(
    entries.filter(isWanted).map((entry) => {
      const source = join(from, entry.name);
      const target = join(to, nameOfCompiled(entry.name));
      if (entry.isDirectory()) return compileFolder(source, target);
      return compileFile(source, target);
    }),
  );
}

function isWanted({ name }) {
  return !/(\.spec\.ts|\.e2e-spec\.ts|\.d\.ts|\.tsx)$/.test(name);
}

async function compileFile(source, target) {
  if (!source.endsWith('.ts')) return copyFile(source, target);
  const { code } = await transformFile(source, COMPILER_OPTIONS);
  await writeFile(target, code);
}

function nameOfCompiled(name) {
  return name.replace(/\.ts$/, '.js');
}

/** The package as others import it, but for its files being those compiled here. */
async function writePackage() {
  const text = await readFile(join(ROOT, 'package.json'), 'utf8');
  await writeFile(join(folder, 'package.json'), text.replaceAll('./dist/', './src/'));
}

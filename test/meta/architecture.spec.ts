import { importsOf, sourceFiles, specifiersIn, type SourceImport } from './source-imports.js';

/**
 * What each folder may import besides its own files: folders of `src` as `./core`, packages by
 * name, of which `type` allows the types alone and `*` stands for any ending.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'index.ts': ['./core', './express', './nest', './storage/memory'],
  core: ['node:crypto', 'ms'],
  'storage/memory': ['./core'],
  'storage/redis': [
    './core',
    'ioredis',
    'lru-cache',
    'msgpackr',
    'rate-limiter-flexible',
    'node:*',
  ],
  'storage/sql': ['./core', 'typeorm', 'node:*'],
  'storage/connect-redis': ['./core', 'connect-redis', 'type express-session', 'type ioredis'],
  express: [
    './core',
    'express-session',
    'type express',
    'cookie',
    'cookie-signature',
    'on-headers',
    'bowser',
    'rate-limiter-flexible',
    'lru-cache',
    'node:*',
  ],
  'nest/ws': [
    './core',
    './express',
    './nest',
    '@nestjs/websockets',
    '@nestjs/platform-ws',
    '@nestjs/platform-socket.io',
    'type @nestjs/common',
    'node:events',
    'type node:http',
    'type node:net',
  ],
  nest: [
    './core',
    './express',
    './storage/memory',
    '@nestjs/common',
    '@nestjs/core',
    'rxjs',
    'type express',
    'type node:http',
    'lru-cache',
    'zod',
    'node:*',
  ],
  passport: ['./core', './nest', 'passport', '@nestjs/passport', '@nestjs/common', 'type express'],
  audit: ['./core', './nest', 'typeorm', '@nestjs/common', '@nestjs/core', 'rxjs', 'node:*', 'zod'],
  admin: [
    './core',
    './nest',
    './audit',
    '@nestjs/common',
    '@nestjs/core',
    'zod',
    'type express',
    'rxjs',
    'node:*',
  ],
  openapi: ['./core', './nest', './audit', './admin', '@nestjs/common', '@nestjs/swagger', 'zod'],
  'admin-ui': [
    'type ./core',
    'type ./express',
    'type ./nest',
    'type ./audit',
    'type ./admin',
    'react',
    'react-dom',
    '@tanstack/react-query',
    '@tanstack/react-table',
    'uplot',
    'vite',
    'node:url',
  ],
  cli: ['./core', './audit', './storage/redis', 'typeorm', 'ioredis', 'node:*'],
  testing: ['./core', 'node:*'],
  demo: ['*'],
};

/** What a unit spec may import besides. */
const SPECS_MAY_IMPORT = [
  './testing',
  './storage/memory',
  '../test/support',
  '@jest/globals',
  'fast-check',
  'node:*',
];

const files = sourceFiles();
const isSpec = (file: string): boolean => file.endsWith('.spec.ts');

const folderOf = (file: string): string | undefined =>
  Object.keys(MAY_IMPORT).find((folder) => file === folder || file.startsWith(`${folder}/`));

/** The name that the table has for what is imported. */
function nameOf({ target, kind }: SourceImport): string {
  if (kind === 'package') return target;
  if (target.startsWith('../test/support/')) return '../test/support';
  return `./${folderOf(target) ?? target}`;
}

function isAllowed(imported: SourceImport, allowed: readonly string[]): boolean {
  const name = nameOf(imported);
  return allowed.some((entry) => {
    if (entry.startsWith('type ') && !imported.typeOnly) return false;
    const pattern = entry.replace(/^type /, '');
    if (!pattern.endsWith('*')) return pattern === name;
    return imported.kind === 'package' && name.startsWith(pattern.slice(0, -1));
  });
}

function forbiddenIn(file: string): readonly string[] {
  const folder = folderOf(file)!;
  const allowed = [
    `./${folder}`,
    ...MAY_IMPORT[folder]!,
    ...(isSpec(file) ? SPECS_MAY_IMPORT : []),
  ];
  return importsOf(file)
    .filter((imported) => imported.kind === 'missing' || !isAllowed(imported, allowed))
    .map(({ target, typeOnly }) => (typeOnly ? `type ${target}` : target));
}

/** One way round for each cycle found, as the files in order. */
function cyclesIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) cycles.push([...path.slice(start), file].join(' → '));
    if (start >= 0 || done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return cycles;
}

describe('the architecture', () => {
  it('has a rule for every folder', () => {
    expect(files.filter((file) => !folderOf(file))).toEqual([]);
  });

  it.each(files.filter(folderOf))('%s imports only what its folder may', (file) => {
    expect(forbiddenIn(file)).toEqual([]);
  });

  it('has no circle of imports', () => {
    const graph = new Map(
      files.map((file) => [file, importsOf(file).map(({ target }) => target)] as const),
    );

    expect(cyclesIn(graph)).toEqual([]);
  });
});

describe('what keeps the architecture', () => {
  it('sees every way to import, and which are erased', () => {
    const text = `
      import 'a';
      import b from 'b';
      import { type C } from 'c';
      import { type D, d } from 'd';
      import type { E } from 'e';
      import * as f from 'f';
      export { g } from 'g';
      export type { H } from 'h';
      export * from 'i';
      export { type J } from 'j';
      type K = import('k').K;
      const l = await import('l');
      const m = require('m');
      const n = await import(\`n\`);
      const o = await import(name);
      // import 'comment';
      const text = "import 'string'";
    `;

    const seen = specifiersIn('all.ts', text);

    expect(seen.filter(({ typeOnly }) => !typeOnly).map((one) => one.text)).toEqual([
      'a',
      'b',
      'd',
      'f',
      'g',
      'i',
      'l',
      'm',
      'n',
      '<computed>',
    ]);
    expect(seen.filter(({ typeOnly }) => typeOnly).map((one) => one.text)).toEqual([
      'c',
      'e',
      'h',
      'j',
      'k',
    ]);
  });

  it.each<[string, SourceImport, boolean]>([
    ['a folder allowed', { target: 'core/ids.ts', kind: 'file', typeOnly: false }, true],
    ['a folder not allowed', { target: 'nest/a.ts', kind: 'file', typeOnly: true }, false],
    ['a package allowed', { target: 'ms', kind: 'package', typeOnly: false }, true],
    ['a package called like a folder', { target: 'core', kind: 'package', typeOnly: false }, false],
    ['the types of a package', { target: 'express', kind: 'package', typeOnly: true }, true],
    ['a package of types only', { target: 'express', kind: 'package', typeOnly: false }, false],
    ['a module of Node', { target: 'node:fs', kind: 'package', typeOnly: false }, true],
  ])('judges %s', (_, imported, allowed) => {
    const rule = ['./core', 'ms', 'type express', 'node:*'];

    expect(isAllowed(imported, rule)).toBe(allowed);
  });

  it('finds a circle and no other path', () => {
    const graph = new Map([
      ['a', ['b', 'c']],
      ['b', ['c']],
      ['c', ['d']],
      ['d', ['b', 'e']],
    ]);

    expect(cyclesIn(graph)).toEqual(['b → c → d → b']);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import type { Script } from '../../src/storage/redis/script.js';
import * as definitions from '../../src/storage/redis/session-scripts.js';

const LUA_FOLDER = new URL('../../src/storage/redis/lua/', import.meta.url);

const isScript = (value: unknown): value is Script =>
  typeof value === 'object' && value !== null && 'lua' in value;
const scripts = Object.values<unknown>(definitions).filter(isScript);
const namesIn = (folder: URL): readonly string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.lua'))
    .map((file) => file.slice(0, -'.lua'.length));
const headerOf = ({ name }: Script): string => {
  const [header] = /^--\[\[\n[^]*?\n\]\]\n/.exec(
    readFileSync(new URL(`${name}.lua`, LUA_FOLDER), 'utf8'),
  ) ?? [''];
  return header;
};
const documented = (script: Script, kind: 'KEYS' | 'ARGV'): readonly string[] =>
  [...headerOf(script).matchAll(new RegExp(`^ {2}${kind}\\[(\\d+)\\] (\\w+)`, 'gm'))].map(
    ([, position, name]) => `${position} ${name}`,
  );
const numbered = (names: readonly string[]): readonly string[] =>
  names.map((name, index) => `${index + 1} ${name}`);

describe('Lua scripts', () => {
  it('are all registered, each under the name of its file', () => {
    expect(scripts.map(({ name }) => name).sort()).toEqual([...namesIn(LUA_FOLDER)].sort());
  });

  it.each(scripts)('$name says first what it does, and what it returns', (script) => {
    expect(headerOf(script)).toMatch(new RegExp(`^--\\[\\[\n  ${script.name}: \\S`));
    expect(headerOf(script)).toMatch(/^ {2}Returns \S/m);
  });

  it.each(scripts)('$name documents the KEYS and ARGV that its registration declares', (script) => {
    expect(documented(script, 'KEYS')).toEqual(numbered(script.keys));
    expect(documented(script, 'ARGV')).toEqual(numbered(script.args));
  });

  it.each(scripts)('$name leaves no include unresolved, and has none twice', ({ lua }) => {
    const functions = [...lua.matchAll(/^local function (\w+)/gm)].map(([, name]) => name);

    expect(lua).not.toContain('@include');
    expect(new Set(functions).size).toBe(functions.length);
  });

  it('share includes that are all in use', () => {
    const texts = scripts.map(({ lua }) => lua).join();

    for (const name of namesIn(new URL('includes/', LUA_FOLDER))) {
      const body = readFileSync(new URL(`includes/${name}.lua`, LUA_FOLDER), 'utf8');
      expect(texts).toContain(body.replace(/^--- @include .*\n/gm, '').trim());
    }
  });
});

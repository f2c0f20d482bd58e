import { readFileSync } from 'node:fs';
import {
  counterKey,
  shardKeys,
  leaseKey,
  metaKey,
  noteKey,
} from '../../src/storage/redis/redis-keys.js';
import * as definitions from '../../src/storage/redis/session-scripts.js';

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const layout = read('docs/storage-layout.md');
const sectionOf = (title: string): string =>
  layout.split(/^#{2,3} /m).find((section) => section.startsWith(`${title}\n`)) ?? '';
const rowsOf = (title: string): readonly (readonly string[])[] =>
  [...sectionOf(title).matchAll(/^\| (`.*) \|$/gm)].map(([, row]) =>
    row!.split(/\s*\|\s*/).map((cell) => cell.replaceAll('`', '').trim()),
  );

describe('the storage layout page', () => {
  it('has the keys of a packed session as the code has them', () => {
    const source = read('src/storage/redis/session-packing.ts');
    const [fields] = /interface PackedFields \{[^]*?\n\}/.exec(source) ?? [''];
    const declared = [...fields.matchAll(/\/\*\* (.+?) \*\/\s+readonly (\w):/g)].map(
      ([, text, key]) => `${key} ${text!.split('. ')[0]!.replaceAll('`', '')}`,
    );

    const documented = rowsOf('A session').map(([key, text]) => `${key} ${text}`);

    expect(declared.length).toBeGreaterThan(0);
    expect(documented).toEqual(declared);
  });

  it('has every key there is', () => {
    const { session, userIndex, block, marker, prefix: _, ...fixed } = shardKeys('gh', 7);
    const user = { tenantId: '', userId: '' };
    const spelled = [
      ...Object.values(fixed),
      session('' as never),
      userIndex(user),
      block(user),
      marker(''),
      metaKey('gh'),
      leaseKey('gh', ''),
      noteKey('gh', ''),
      counterKey('gh', '', '').replace(/:$/, ''),
    ].map((key) => key.replace(/\{7\}/, '{n}').replace(/0::$/, ''));

    const documented = rowsOf('Keys').map(([key]) => key!.replace(/<.*>$/, ''));

    expect([...documented].sort()).toEqual(spelled.sort());
  });

  it('asks for the permissions that the scripts and the client use, and no more', () => {
    const texts = Object.values<unknown>(definitions).flatMap((value) =>
      typeof value === 'object' && value !== null && 'lua' in value ? [String(value.lua)] : [],
    );
    const called = texts.flatMap((lua) =>
      [...lua.matchAll(/redis\.call\(\s*'(\w+)'/g)].map(([, command]) => command!.toLowerCase()),
    );

    const [rules] = /^ACL SETUSER.*$/m.exec(layout) ?? [''];
    const granted = [...rules.matchAll(/\+([\w|]+)/g)].map(([, command]) => command!);

    const sent =
      'mget evalsha eval info time xrange cluster|slots cluster|info pexpire wait ' +
      'publish spublish subscribe ssubscribe ping hmget';
    expect([...granted].sort()).toEqual([...new Set([...called, ...sent.split(' ')])].sort());
  });
});

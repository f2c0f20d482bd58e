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

const packing = read('src/storage/redis/session-packing.ts');
/** The names of what a packed list holds, in its order. */
const labelsOf = (type: string): readonly string[] => {
  const [declaration] = new RegExp(`type ${type} = readonly \\[[^]*?\n\\];`).exec(packing) ?? [''];
  return [...declaration.matchAll(/^ {2}(?:\.{3}\w+: (\w+)|(\w+):)/gm)].flatMap(
    ([, spread, label]) => (spread === undefined ? label! : labelsOf(spread)),
  );
};
const records = read('src/storage/redis/lua/includes/records.lua');
const luaFunction = (name: string): string =>
  new RegExp(`^local function ${name}\\([^]*?^end`, 'm').exec(records)![0];
const camelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

describe('the storage layout page', () => {
  it('has the fields of a packed session and of a tombstone in the order of the code', () => {
    const fields = labelsOf('PackedRecord');

    const documented = rowsOf('A session').map(([field]) => field);

    expect(fields).toContain('lastSeenAt');
    expect(documented).toEqual([...fields, ...labelsOf('PackedTombstone')]);
  });

  it.each([
    ['record', 'PackedRecord'],
    ['tombstone', 'PackedTombstone'],
  ])('is followed by the scripts when they pack and unpack a %s', (kind, type) => {
    const [before] = labelsOf(type).join(' ').split(' data ');
    const fields = before!.split(' ').filter((field) => field !== 'state');
    const [, list] = luaFunction(`pack_${kind}`).split('pack_fields(');
    const packed = list!.matchAll(new RegExp(`${kind}\\.(\\w+)`, 'g'));
    const unpacked = luaFunction(`${kind}_of`).matchAll(
      /(\w+) = (?:created_at \+ )?fields\[(\d+)\]/g,
    );

    const packedNames = new Set([...packed].map(([, name]) => camelCase(name!)));
    packedNames.delete('state');
    const unpackedNames: string[] = [];
    for (const [, name, place] of unpacked) unpackedNames[Number(place) - 1] = camelCase(name!);

    expect([...packedNames]).toEqual(fields);
    expect(unpackedNames.slice(1)).toEqual(fields);
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
      'mget evalsha eval info time xrange cluster|slots cluster|info asking pexpire wait ' +
      'publish spublish subscribe ssubscribe ping hmget';
    expect([...granted].sort()).toEqual([...new Set([...called, ...sent.split(' ')])].sort());
  });
});

import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readText } from './documents.js';

const PAGES = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/asvs.md',
  'docs/decisions.md',
  'docs/storage-layout.md',
];

const linksIn = (page: string): readonly string[] =>
  [...readText(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target = '']) => target);

/** As GitHub names them: lower case, without punctuation, dashes for spaces. */
const anchorsIn = (page: string): readonly string[] =>
  [...readText(page).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

const exists = (path: string): boolean =>
  existsSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)));

describe('the links between documents', () => {
  it.each(PAGES)('of %s lead somewhere', (page) => {
    const broken = linksIn(page).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : posix.join(posix.dirname(page), path);
      return !exists(target) || (anchor !== undefined && !anchorsIn(target).includes(anchor));
    });

    expect(broken).toEqual([]);
  });
});

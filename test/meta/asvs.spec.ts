import { readdirSync } from 'node:fs';
import ts from 'typescript';
import { REQUIREMENTS, requirementOf } from '../asvs/requirements.js';
import { readText } from './documents.js';

const FOLDER = 'test/asvs';
const specs = readdirSync(new URL(`../../${FOLDER}`, import.meta.url)).filter((file) =>
  file.endsWith('.spec.ts'),
);

/** What the tests of a file are called, as they stand in its source. */
function titlesIn(file: string): readonly string[] {
  const text = readText(`${FOLDER}/${file}`);
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^it(\.each\b|$)/.test(node.expression.getText())) {
      const [title] = node.arguments;
      if (title && ts.isStringLiteralLike(title)) titles.push(title.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return titles;
}

const titles = specs.flatMap(titlesIn);
const page = readText('docs/asvs.md');
const sections = page.split(/^### /m).slice(1);
const idOf = (section: string): string => section.split('\n', 1)[0]!;

describe('the security requirements', () => {
  it('each have a test that is called after them, and every test belongs to one', () => {
    expect(titles.filter((title) => requirementOf(title) === undefined)).toEqual([]);
    expect(new Set(titles.map(requirementOf))).toEqual(new Set(REQUIREMENTS));
  });

  it('each stand once in docs/asvs.md, and no others do', () => {
    expect(sections.map(idOf).sort()).toEqual([...REQUIREMENTS].sort());
  });

  it.each(sections.map((section) => [idOf(section), section]))(
    'tell of %s what the module does, and what stays the application’s',
    (_id, section) => {
      expect(section).toMatch(/^- \*\*Module:\*\* \S/m);
      expect(section).toMatch(/^- \*\*Yours:\*\* \S/m);
    },
  );
});

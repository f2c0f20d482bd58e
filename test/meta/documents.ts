import { readFileSync } from 'node:fs';
import ts from 'typescript';

const ROOT = new URL('../../', import.meta.url);

export const readText = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

/** Rows of the first table under a heading, its head left out; code marks are taken off. */
export function tableUnder(markdown: string, heading: string): readonly (readonly string[])[] {
  const [, after] = markdown.split(`\n${heading}\n`);
  if (after === undefined) throw new Error(`There is no heading "${heading}"`);
  const [section = ''] = after.split(/^#/m, 1);
  const [table = ''] = /^\|(?:.*\n\|)*.*/m.exec(section) ?? [];
  return table.split('\n').slice(2).map(cellsOf);
}

const cellsOf = (row: string): readonly string[] =>
  row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', ''));

export interface CodeBlock {
  readonly code: string;
  /** Of its fence, counted from 1. */
  readonly line: number;
}

/** The fenced blocks of one language. */
export const codeBlocks = (markdown: string, language: string): readonly CodeBlock[] =>
  [...markdown.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(
    ({ 1: code = '', index }) => ({ code, line: markdown.slice(0, index).split('\n').length }),
  );

export interface DocumentedMember {
  readonly name: string;
  /** What the comment says after "Default:"; else "required", or "none" for an optional member. */
  readonly default: string;
}

/** An interface's own members, as its source documents them. */
export function membersOf(path: string, interfaceName: string): readonly DocumentedMember[] {
  const { members } = declarationOf(path, interfaceName, ts.isInterfaceDeclaration);
  return members.filter(ts.isPropertySignature).map((member) => ({
    name: member.name.getText(),
    default: defaultIn(member) ?? (member.questionToken ? 'none' : 'required'),
  }));
}

/** The texts of a union of texts. */
export function membersOfUnion(path: string, typeName: string): readonly string[] {
  const { type } = declarationOf(path, typeName, ts.isTypeAliasDeclaration);
  if (!ts.isUnionTypeNode(type)) throw new Error(`${typeName} in ${path} is no union`);
  return type.types
    .filter(ts.isLiteralTypeNode)
    .map(({ literal }) => literal)
    .filter(ts.isStringLiteral)
    .map(({ text }) => text);
}

function declarationOf<Node extends ts.DeclarationStatement>(
  path: string,
  name: string,
  isWanted: (statement: ts.Statement) => statement is Node,
): Node {
  const source = ts.createSourceFile(path, readText(path), ts.ScriptTarget.Latest, true);
  const found = source.statements.filter(isWanted).find((one) => one.name?.text === name);
  if (!found) throw new Error(`There is no ${name} in ${path}`);
  return found;
}

/** What stands after "Default:" at the end of the comment, on one line and without code marks. */
function defaultIn(member: ts.Node): string | undefined {
  const comment = member.getFullText().slice(0, member.getLeadingTriviaWidth());
  const words = comment.replace(/\*\/\s*$/, '').replace(/\s*\n\s*\*?\s*/g, ' ');
  return /Default: (.*)\.\s*$/.exec(words)?.[1]?.replaceAll('`', '');
}

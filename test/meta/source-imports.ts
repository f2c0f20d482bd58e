import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

export interface SourceImport {
  /** A file of `src`, as a path in it, or the name of a package. */
  readonly target: string;
  readonly kind: 'file' | 'package' | 'missing';
  /** Erased when compiled. */
  readonly typeOnly: boolean;
}

const SOURCE = resolve('src');

/** Every TypeScript file under `src`, as a path in it. */
export const sourceFiles = (): readonly string[] =>
  readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .sort();

/** What a file of `src` imports in any way: static, dynamic, `export from`, `import()` types. */
export function importsOf(file: string): readonly SourceImport[] {
  return specifiersIn(file, readFileSync(join(SOURCE, file), 'utf8')).map(({ text, typeOnly }) => ({
    ...targetOf(file, text),
    typeOnly,
  }));
}

interface Specifier {
  readonly text: string;
  readonly typeOnly: boolean;
}

export function specifiersIn(file: string, text: string): readonly Specifier[] {
  const specifiers: Specifier[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier) specifiers.push(specifier);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return specifiers;
}

function specifierOf(node: ts.Node): Specifier | undefined {
  if (ts.isImportDeclaration(node))
    return { text: textOf(node.moduleSpecifier), typeOnly: importsTypesOnly(node.importClause) };
  if (ts.isExportDeclaration(node) && node.moduleSpecifier)
    return { text: textOf(node.moduleSpecifier), typeOnly: exportsTypesOnly(node) };
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    return { text: textOf(node.argument.literal), typeOnly: true };
  if (ts.isCallExpression(node) && isLoading(node.expression))
    return { text: textOf(node.arguments[0]), typeOnly: false };
  return undefined;
}

const importsTypesOnly = (clause: ts.ImportClause | undefined): boolean => {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  return !clause.name && !!named && ts.isNamedImports(named) && areAllTypes(named.elements);
};

const exportsTypesOnly = ({ isTypeOnly, exportClause }: ts.ExportDeclaration): boolean =>
  isTypeOnly ||
  (!!exportClause && ts.isNamedExports(exportClause) && areAllTypes(exportClause.elements));

const areAllTypes = (elements: ts.NodeArray<ts.ImportOrExportSpecifier>): boolean =>
  elements.length > 0 && elements.every(({ isTypeOnly }) => isTypeOnly);

const isLoading = (callee: ts.Expression): boolean =>
  callee.kind === ts.SyntaxKind.ImportKeyword ||
  (ts.isIdentifier(callee) && callee.text === 'require');

/** What is not a literal cannot be held to a rule, so it is shown as no module is called. */
const textOf = (node: ts.Node | undefined): string =>
  node && ts.isStringLiteralLike(node) ? node.text : '<computed>';

function targetOf(file: string, specifier: string): Pick<SourceImport, 'target' | 'kind'> {
  if (!specifier.startsWith('.')) return { target: packageOf(specifier), kind: 'package' };
  const base = resolve(SOURCE, dirname(file), specifier.replace(/\.js$/, ''));
  const path = [`${base}.ts`, `${base}.tsx`].find((candidate) => existsSync(candidate));
  return { target: relative(SOURCE, path ?? base), kind: path ? 'file' : 'missing' };
}

/** `@nestjs/common/enums` is of `@nestjs/common`; entry points of our own keep their path. */
function packageOf(specifier: string): string {
  if (specifier.startsWith('node:') || specifier.startsWith('nestjs-gatehouse')) return specifier;
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { codeBlocks, readText } from './documents.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const snippets = codeBlocks(readText('README.md'), 'ts').map(({ code, line }) => ({
  file: `${ROOT}test/meta/readme-line-${line}.ts`,
  code,
  line,
}));

function openProgram(): ts.Program {
  const { config } = ts.readConfigFile(`${ROOT}tsconfig.json`, (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const codeOf = new Map(snippets.map(({ file, code }) => [file, code]));
  const host = ts.createCompilerHost({ ...options, noEmit: true });
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  host.readFile = (file) => codeOf.get(file) ?? readFile(file);
  host.fileExists = (file) => codeOf.has(file) || fileExists(file);
  return ts.createProgram([...codeOf.keys()], { ...options, noEmit: true }, host);
}

describe('the TypeScript of README', () => {
  const program = openProgram();

  it.each(snippets)('compiles at line $line', ({ file }) => {
    const source = program.getSourceFile(file);

    const problems = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ].map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));

    expect(problems).toEqual([]);
  });
});

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { SessionConfigInvalidError } from '../../core/errors.js';

/** Where the build puts the pages; the same from the built package as from its source. */
const BUILT = fileURLToPath(new URL('../../../dist/admin-ui/', import.meta.url));

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** What a document asks for. Its name changes with its content. */
export interface PageAsset {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
}

export interface PageFiles {
  /** The document, still without its settings. */
  readonly document: string;
  readonly assets: ReadonlyMap<string, PageAsset>;
}

/** @throws SessionConfigInvalidError where nothing was built */
export function readPageFiles(option: string, documentName: string): PageFiles {
  const file = join(BUILT, documentName);
  if (!existsSync(file))
    throw new SessionConfigInvalidError(option, 'needs the built pages, which are not there');
  const folder = join(BUILT, 'assets');
  const assets = readdirSync(folder).map((name) => [name, assetOf(join(folder, name))] as const);
  return { document: readFileSync(file, 'utf8'), assets: new Map(assets) };
}

function assetOf(file: string): PageAsset {
  const plain = readFileSync(file);
  const type = CONTENT_TYPES[extname(file)] ?? 'application/octet-stream';
  return { type, plain, gzipped: gzipSync(plain, { level: 9 }) };
}

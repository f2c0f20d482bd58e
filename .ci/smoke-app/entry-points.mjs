// Prints the package's entry points, one a line.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const { exports } = JSON.parse(readFileSync(join(process.argv[2], 'package.json'), 'utf8'));
const entryPoints = Object.keys(exports).filter((name) => name !== './package.json');
console.log(entryPoints.join('\n'));

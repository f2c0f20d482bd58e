type Runner = typeof import('@jest/globals');

/*
 * The globals of the test runner that loads this file: Jest, or one that has the same (Vitest with
 * `globals: true`). Only types are imported, so importing the kit needs no runner installed.
 */
const runner = globalThis as unknown as Runner;

export const describe: Runner['describe'] = runner.describe;
export const it: Runner['it'] = runner.it;
export const expect: Runner['expect'] = runner.expect;
export const beforeEach: Runner['beforeEach'] = runner.beforeEach;
export const afterEach: Runner['afterEach'] = runner.afterEach;

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Cluster, Redis } from 'ioredis';
import type { Reply } from './reply.js';

/** A Lua file with the names of its KEYS and ARGV, in their order, and the meaning of its answer. */
export interface Script<
  Key extends string = string,
  Argument extends string = string,
  Result = unknown,
> {
  readonly name: string;
  readonly keys: readonly Key[];
  readonly args: readonly Argument[];
  readonly lua: string;
  /** Names the script to the server; a changed script has another. */
  readonly sha: string;
  readonly decode: (reply: Reply) => Result;
}

export type ScriptArgument = string | number | Buffer;

/** A switch as scripts are given it. */
export const flag = (set: boolean | undefined): '1' | '' => (set === true ? '1' : '');

const LUA_FOLDER = new URL('./lua/', import.meta.url);
const INCLUDE = /^--- @include "([a-z/-]+)"$/gm;

/** Reads `lua/<name>.lua`. A script is read once, when its definition is loaded. */
export function defineScript<Key extends string, Argument extends string, Result>(
  name: string,
  definition: Pick<Script<Key, Argument, Result>, 'keys' | 'args' | 'decode'>,
): Script<Key, Argument, Result> {
  const lua = readLua(new URL(`${name}.lua`, LUA_FOLDER), new Set());
  const sha = createHash('sha1').update(lua).digest('hex');
  return { ...definition, name, lua, sha };
}

/** One command: EVALSHA, and EVAL only where the server does not know the script yet. */
export async function runScript<Key extends string, Argument extends string, Result>(
  client: Redis | Cluster,
  script: Script<Key, Argument, Result>,
  keys: Readonly<Record<Key, string>>,
  args: Readonly<Record<Argument, ScriptArgument>>,
): Promise<Result> {
  const operands: readonly ScriptArgument[] = [
    script.keys.length,
    ...script.keys.map((key) => keys[key]),
    ...script.args.map((argument) => args[argument]),
  ];
  const reply = await client
    .callBuffer('evalsha', script.sha, ...operands)
    .catch((error: unknown) => {
      if (!isUnknownScript(error)) throw error;
      return client.callBuffer('eval', script.lua, ...operands);
    });
  return script.decode(reply as Reply);
}

const isUnknownScript = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('NOSCRIPT');

/** The text of a file with its includes in place, each where it is first asked for. */
function readLua(file: URL, included: Set<string>): string {
  return readFileSync(file, 'utf8').replace(INCLUDE, (_, path: string) => {
    const include = new URL(`${path}.lua`, file);
    if (included.has(include.href)) return '';
    included.add(include.href);
    return readLua(include, included);
  });
}

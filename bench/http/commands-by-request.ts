import type { Redis } from 'ioredis';
import { sentCommands } from '../../test/support/sent-commands.js';
import type { Contestant } from './bench-run.js';

export type RequestKind = 'anonymous' | 'read' | 'write' | 'listOfFive' | 'kill';

/** As many as a list shows; a kill that is tried takes one. */
const SESSIONS = 5;

/** Commands that one request of each kind has its server send to Redis. */
export async function countByRequest(
  { row, place: { port }, visitors }: Contestant,
  redis: Redis,
): Promise<Readonly<Record<RequestKind, number>>> {
  const cookie = visitors[0]!.header.replace(/^cookie: |\r\n$/g, '');
  const ask = async (method: string, path: string, headers = {}): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers });
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}`);
    return response.text();
  };
  const newcomer = visitors.length;
  for (let session = 0; session < SESSIONS; session += 1)
    await ask('POST', `/login?visitor=${newcomer}`);
  const list = (): Promise<string> => ask('GET', `/sessions?visitor=${newcomer}`);
  const victims = JSON.parse(await list()) as string[];
  const read = (): Promise<string> => ask('GET', '/me', { cookie });
  const counted = async (request: () => Promise<unknown>): Promise<number> =>
    (await sentCommands(redis, request, { prepare: read, mentioning: `${row.server}:` })).length;
  return {
    anonymous: await counted(() => ask('GET', '/open')),
    read: await counted(read),
    write: await counted(() => ask('POST', '/cart', { cookie })),
    listOfFive: await counted(list),
    kill: await counted(() => ask('DELETE', `/sessions?id=${victims.pop()}`)),
  };
}

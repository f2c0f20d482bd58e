import { Agent, request, type IncomingMessage } from 'node:http';
import { accountOf, type Me, type Visitor } from './visitors.js';

const PARALLEL = 16;

export interface Place {
  readonly port: number;
  /** Where the server answers who is asking. */
  readonly path: string;
}

interface Reply {
  readonly message: IncomingMessage;
  readonly body: string;
}

/** Signs in that many visitors over HTTP, and has each be recognized once. */
export async function signIn(place: Place, count: number): Promise<readonly Visitor[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: PARALLEL });
  const visitors = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const reply = await ask(agent, place.port, 'POST', `/login?visitor=${index}`);
      return recognized(agent, place, headerOf(reply), index);
    }),
  );
  agent.destroy();
  return visitors;
}

/** The one visitor of a server that asks nobody who they are. */
export async function nobody(place: Place): Promise<readonly Visitor[]> {
  const agent = new Agent();
  return [await recognized(agent, place, '', 0)];
}

async function recognized(
  agent: Agent,
  { port, path }: Place,
  header: string,
  index: number,
): Promise<Visitor> {
  const { body } = await ask(agent, port, 'GET', path, header);
  const { userId, tenantId } = JSON.parse(body) as Me;
  const account = accountOf(index);
  if (userId !== account.userId || tenantId !== account.tenantId)
    throw new Error(`${account.userId} was taken for ${userId}`);
  return { header, body };
}

/** A cookie, or the token of an answer that sets none. */
function headerOf({ message, body }: Reply): string {
  const cookies = message.headers['set-cookie']?.map((cookie) => cookie.split(';')[0]!);
  if (cookies) return `cookie: ${cookies.join('; ')}\r\n`;
  return `authorization: Bearer ${(JSON.parse(body) as { token: string }).token}\r\n`;
}

function ask(
  agent: Agent,
  port: number,
  method: string,
  path: string,
  header = '',
): Promise<Reply> {
  const [name, value] = header.trim().split(': ');
  return new Promise((resolve, reject) => {
    request(
      { agent, port, method, path, host: '127.0.0.1', headers: name ? { [name]: value } : {} },
      (message) => {
        const chunks: string[] = [];
        message.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
        message.on('end', () => {
          const body = chunks.join('');
          if (message.statusCode! < 300) resolve({ message, body });
          else reject(new Error(`${method} ${path} was answered ${message.statusCode}: ${body}`));
        });
      },
    )
      .on('error', reject)
      .end();
  });
}

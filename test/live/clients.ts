import { EventSource } from 'eventsource';
import type { Browser } from '../support/browser.js';
import { cookieOf, GraphqlSocket } from '../support/graphql-socket.js';
import { PLATFORMS } from '../support/live-sockets.js';
import type { SessionApp } from '../support/session-app.js';
import type { NodeUrls } from './node-protocol.js';

export const CLIENT_KINDS = ['socket.io', 'ws', 'eventsource', 'graphql-ws'] as const;
export type ClientKind = (typeof CLIENT_KINDS)[number];

/** A connection of one kind, open, and why the server ended it. */
export interface Client {
  readonly kind: ClientKind;
  /** Resolves with the reason that the client was told. */
  readonly ended: Promise<string>;
}

/** Opens one of each kind. */
export function connectAll(urls: NodeUrls, browser: Browser): Promise<readonly Client[]> {
  return Promise.all([
    connectOn('socket.io', urls.socketIo, browser),
    connectOn('ws', urls.ws, browser),
    connectEventSource(urls.streams, browser),
    connectGraphql(urls.streams, browser),
  ]);
}

async function connectOn(
  kind: 'socket.io' | 'ws',
  url: string,
  { cookies }: Browser,
): Promise<Client> {
  const [socketIo, ws] = PLATFORMS;
  const platform = kind === 'ws' ? ws! : socketIo!;
  const client = platform.connect({ url } as SessionApp, cookies);
  await client.opened;
  return { kind, ended: client.ended.then(({ reason }) => reason) };
}

async function connectGraphql(url: string, { cookies }: Browser): Promise<Client> {
  const socket = await GraphqlSocket.open(url, cookies);
  socket.run('subscription { said }');
  // What is answered later shows that the subscription is past its guards.
  socket.run('{ me }');
  await socket.answered(1);
  return { kind: 'graphql-ws', ended: socket.closed.then(({ reason }) => reason) };
}

function connectEventSource(url: string, { cookies }: Browser): Promise<Client> {
  const stream = new EventSource(`${url}/live/events`, {
    fetch: (address, init) =>
      fetch(address, { ...init, headers: { ...init.headers, cookie: cookieOf(cookies) } }),
  });
  const ended = new Promise<string>((resolve) => {
    stream.addEventListener('session-ended', ({ data }) => {
      stream.close();
      resolve((JSON.parse(data as string) as { reason: string }).reason);
    });
  });
  return new Promise((resolve, reject) => {
    stream.addEventListener('message', () => resolve({ kind: 'eventsource', ended }));
    stream.addEventListener('error', ({ message }) => {
      // It would come back by itself, for ever.
      stream.close();
      reject(new Error(message));
    });
  });
}

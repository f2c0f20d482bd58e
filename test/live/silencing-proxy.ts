import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface SilencingProxy {
  readonly port: number;
  /** From now on nothing passes on connections that listen for messages, and nobody is told so. */
  silence(): void;
  /** What is sent from now on passes again. */
  speak(): void;
  close(): Promise<void>;
}

/** Redis' subscribe commands, and PostgreSQL's. */
const LISTENS = /subscribe|listen /i;

/** Passes bytes to one loopback port, until the links that carry messages are to die in silence. */
export async function startSilencingProxy(targetPort: number): Promise<SilencingProxy> {
  const sockets = new Set<Socket>();
  let silent = false;
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    let listens = false;
    const passes = (): boolean => !(silent && listens);
    client.on('data', (chunk) => {
      listens ||= LISTENS.test(chunk.toString('latin1'));
      if (passes()) target.write(chunk);
    });
    target.on('data', (chunk) => passes() && client.write(chunk));
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => one.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    silence: () => {
      silent = true;
    },
    speak: () => {
      silent = false;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

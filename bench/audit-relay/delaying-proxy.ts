import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface DelayingProxy {
  readonly port: number;
  /** How long each answer is held back from now on. */
  delayMs: number;
  /** Whether there is a way to the server; without one, connections break and are refused. */
  isUp: boolean;
  close(): Promise<void>;
}

/** Passes bytes to one loopback port, as late as it is told to. */
export async function startDelayingProxy(targetPort: number): Promise<DelayingProxy> {
  const links = new Set<Socket>();
  let [delayMs, isUp] = [0, true];
  const cut = (): void => links.forEach((link) => link.destroy());
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    join(client, target, links);
    if (!isUp) return cut();
    client.on('data', (chunk) => target.write(chunk));
    target.on('data', (chunk) => {
      if (delayMs === 0) client.write(chunk);
      else setTimeout(() => client.write(chunk), delayMs);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get delayMs() {
      return delayMs;
    },
    set delayMs(ms) {
      delayMs = ms;
    },
    get isUp() {
      return isUp;
    },
    set isUp(up) {
      isUp = up;
      if (!up) cut();
    },
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One goes when the other does. */
function join(client: Socket, target: Socket, links: Set<Socket>): void {
  for (const [one, other] of [
    [client, target],
    [target, client],
  ] as const) {
    links.add(one);
    one.on('error', () => one.destroy());
    one.on('close', () => {
      links.delete(one);
      other.destroy();
    });
  }
}

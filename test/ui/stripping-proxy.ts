import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StrippingProxy {
  /** With the prefix; no slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** A proxy that takes a prefix away from paths, says so, and leaves answers as they are. */
export async function startStrippingProxy(target: string, prefix: string): Promise<StrippingProxy> {
  const proxy = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '/';
    if (!path.startsWith(`${prefix}/`)) {
      outgoing.writeHead(404).end('Not of this application');
      return;
    }
    const headers = { ...incoming.headers, 'x-forwarded-prefix': prefix };
    const address = new URL(path.slice(prefix.length), target);
    const forwarded = request(address, { method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    outgoing.on('close', () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    close: async () => {
      proxy.closeAllConnections();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

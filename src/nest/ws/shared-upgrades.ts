import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** How long somebody else may take to answer an upgrade before it is cut. */
const OTHERS_ANSWER_WITHIN_MS = 10_000;

type Upgrade = readonly [request: IncomingMessage, socket: Socket, head: Buffer];

/**
 * The upgrades of a server on which others may listen too, such as GraphQL subscriptions. Theirs
 * are left to them; what nobody answers is cut, so that it does not stay open for nothing.
 */
export class SharedUpgrades {
  /** Has those events `upgrade` that are not for others. */
  readonly own = new EventEmitter();

  constructor(
    private readonly server: Pick<Server, 'on' | 'off' | 'listenerCount'>,
    private readonly serves: (pathname: string) => boolean,
  ) {
    server.on('upgrade', this.divide);
  }

  close(): void {
    this.server.off('upgrade', this.divide);
  }

  private readonly divide = (...upgrade: Upgrade): void => {
    const [{ url = '' }, socket] = upgrade;
    const isAlone = this.server.listenerCount('upgrade') === 1;
    if (isAlone || this.serves(pathnameOf(url))) this.own.emit('upgrade', ...upgrade);
    else cutUnanswered(socket);
  };
}

function cutUnanswered(socket: Socket): void {
  const { bytesWritten } = socket;
  setTimeout(() => {
    if (socket.bytesWritten === bytesWritten) socket.destroy();
  }, OTHERS_ANSWER_WITHIN_MS).unref();
}

const ANY_HOST = 'ws://localhost';

/** Empty for what is no address. */
const pathnameOf = (url: string): string =>
  URL.canParse(url, ANY_HOST) ? new URL(url, ANY_HOST).pathname : '';

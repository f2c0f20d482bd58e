import { jest } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { SharedUpgrades } from './shared-upgrades.js';

class FakeSocket {
  bytesWritten = 0;
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
  }
}

function open() {
  const server = new EventEmitter();
  const shared = new SharedUpgrades(server as never, (pathname) => pathname === '/chat');
  const own: string[] = [];
  shared.own.on('upgrade', ({ url }: { readonly url: string }) => own.push(url));
  const upgrade = (url: string): FakeSocket => {
    const socket = new FakeSocket();
    server.emit('upgrade', { url }, socket, Buffer.alloc(0));
    return socket;
  };
  return { server, shared, own, upgrade };
}

describe('upgrades of a shared server', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('are all its own while nobody else listens', () => {
    const { own, upgrade } = open();

    upgrade('/chat');
    upgrade('/elsewhere');

    expect(own).toEqual(['/chat', '/elsewhere']);
  });

  it.each(['/elsewhere', '/chat/more', '/Chat', '//', ''])(
    'are left to others where it does not serve them: %p',
    (url) => {
      const { server, own, upgrade } = open();
      server.on('upgrade', (_request, socket: FakeSocket) => {
        socket.bytesWritten = 129;
      });

      const socket = upgrade(url);
      jest.advanceTimersByTime(60_000);

      expect(own).toEqual([]);
      expect(socket.destroyed).toBe(false);
    },
  );

  it('are its own by their path, whatever else the address says', () => {
    const { server, own, upgrade } = open();
    server.on('upgrade', () => undefined);

    upgrade('/chat?room=1');

    expect(own).toEqual(['/chat?room=1']);
  });

  it('are cut where nobody answers', () => {
    const { server, upgrade } = open();
    server.on('upgrade', () => undefined);
    const socket = upgrade('/nowhere');

    jest.advanceTimersByTime(9_999);
    const early = socket.destroyed;
    jest.advanceTimersByTime(1);

    expect([early, socket.destroyed]).toEqual([false, true]);
  });

  it('are nobody’s matter once it is closed', () => {
    const { server, shared, own, upgrade } = open();

    shared.close();
    upgrade('/chat');

    expect(own).toEqual([]);
    expect(server.listenerCount('upgrade')).toBe(0);
  });
});

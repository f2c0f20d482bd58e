import { once, type EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { outliveConnections } from './outlive-connections.js';

interface Connection {
  query(statement: string): Promise<unknown>;
  release(error: Error): void;
}

interface ConnectionPool extends EventEmitter {
  connect(): Promise<Connection>;
  end(): Promise<void>;
}

const { Pool } = createRequire(import.meta.url)('pg') as {
  readonly Pool: new (options: object) => ConnectionPool;
};

const message = (kind: string, body: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(kind), length, body]);
};

const AUTHENTICATED = message('R', Buffer.alloc(4));
const READY = message('Z', Buffer.from('I'));
const DYING = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0'));

describe('a database that dies while a connection to it is handed out', () => {
  let server: Server;
  let pool: ConnectionPool;

  beforeEach(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(Buffer.concat([AUTHENTICATED, READY, DYING])));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    pool = new Pool({ host: '127.0.0.1', port, user: 'ada', database: 'ada' });
    pool.on('error', () => undefined);
  });
  afterEach(async () => {
    await pool.end();
    server.close();
  });

  it('takes nobody along', async () => {
    outliveConnections({ master: pool });

    const connection = await pool.connect();
    const query = connection.query('SELECT 1');

    await expect(query).rejects.toThrow();
    connection.release(new Error('It has died'));
  });

  it('is listened for once, however often it is asked for', () => {
    outliveConnections({ master: pool });
    outliveConnections({ master: pool });

    expect(pool.listenerCount('connect')).toBe(1);
  });

  it('takes nobody along where it is a replica that is read from', async () => {
    outliveConnections({ master: {}, slaves: [pool] });

    const connection = await pool.connect();
    const query = connection.query('SELECT 1');

    await expect(query).rejects.toThrow();
    connection.release(new Error('It has died'));
  });

  it('may be of a kind that has no such pool', () => {
    expect(() => outliveConnections({ databaseConnection: {} })).not.toThrow();
  });
});

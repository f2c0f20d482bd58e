import { connect } from 'node:net';

/** Every text has a character a byte (Latin-1). */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string;
}

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: readonly (readonly [string, string])[];
  /** As it was sent, with the sizes of its chunks where it has such. */
  readonly body: string;
  readonly bytes: number;
}

/** So long that only an answer which never comes takes longer. */
const HANG_MS = 20_000;
const END_OF_HEAD = '\r\n\r\n';

/** Sends one request and reads until the other side is done. @throws Error where no answer comes */
export async function send(port: number, request: RawRequest): Promise<RawAnswer> {
  return answerIn(await converse(port, bytesOf(request)));
}

export const header = (answer: RawAnswer, wanted: string): readonly string[] =>
  answer.headers.filter(([name]) => name === wanted).map(([, value]) => value);

function bytesOf({ method, target, headers, body }: RawRequest): Buffer {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : [`Content-Length: ${body.length}`]),
    'Connection: close',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`, 'latin1');
}

function converse(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setNoDelay(true).setTimeout(HANG_MS, () => {
      socket.destroy(new Error(`No answer within ${HANG_MS} ms`));
    });
    socket.on('data', (chunk) => received.push(chunk));
    socket.on('error', (error) => {
      if (received.length === 0) reject(error);
    });
    socket.on('close', () => resolve(Buffer.concat(received).toString('latin1')));
  });
}

function answerIn(text: string): RawAnswer {
  const end = text.indexOf(END_OF_HEAD);
  const [first = '', ...lines] = text.slice(0, Math.max(end, 0)).split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1];
  if (status === undefined) throw new Error(`No HTTP answer: ${text}`);
  return {
    status: Number(status),
    headers: lines.map(headerOf),
    body: text.slice(end + END_OF_HEAD.length),
    bytes: text.length,
  };
}

function headerOf(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

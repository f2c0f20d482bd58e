import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

const HANG_MS = 2_000;
const END_OF_HEAD = '\r\n\r\n';

/** Sends the requests down one connection and reads the answers as a strict client would. */
export async function exchange(
  url: string,
  targets: readonly string[],
  cookie = '',
): Promise<readonly RawAnswer[]> {
  return answersIn(await converse(url, requestsFor(targets, cookie)));
}

function requestsFor(targets: readonly string[], cookie: string): string {
  const requests = targets.map((target, index) =>
    [
      `GET ${target} HTTP/1.1`,
      'Host: 127.0.0.1',
      ...(cookie === '' ? [] : [`Cookie: ${cookie}`]),
      `Connection: ${index === targets.length - 1 ? 'close' : 'keep-alive'}`,
    ].join('\r\n'),
  );
  return requests.map((request) => request + END_OF_HEAD).join('');
}

function converse(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
    socket.setEncoding('latin1').setTimeout(HANG_MS, () => socket.destroy());
    socket.on('data', (chunk) => {
      received += String(chunk);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });
}

function answersIn(text: string): readonly RawAnswer[] {
  if (text === '') return [];
  const begin = text.indexOf(END_OF_HEAD) + END_OF_HEAD.length;
  const head = text.slice(0, begin);
  const length = /^Content-Length: (\d+)\r$/im.exec(head)?.[1];
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1];
  if (status === undefined || length === undefined) throw new Error(`No HTTP answer: ${text}`);
  const end = begin + Number(length);
  return [{ status: Number(status), body: text.slice(begin, end) }, ...answersIn(text.slice(end))];
}

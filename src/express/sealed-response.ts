import type { Response } from 'express';
import { ServerResponse } from 'node:http';

/**
 * Closes a response to its handler from its end until the end is made, as Node would have closed
 * it at once: a second answer, or an error thrown after the first, must not mix with what waits
 * for the store. Returns what opens it again, with the status that it had.
 */
export function sealResponse(response: Response): () => void {
  const { statusCode, statusMessage } = response;
  const before = SEALED.map(([name]) => Object.getOwnPropertyDescriptor(response, name));
  for (const [name, descriptor] of SEALED)
    Object.defineProperty(response, name, { ...descriptor, configurable: true });
  return () => {
    for (const [index, [name]] of SEALED.entries()) {
      Reflect.deleteProperty(response, name);
      if (before[index]) Object.defineProperty(response, name, before[index]);
    }
    Object.assign(response, { statusCode, statusMessage });
  };
}

/** Whether the headers have really left, also of a sealed response. */
export const haveHeadersLeft = (response: Response): boolean =>
  Reflect.get(ServerResponse.prototype, 'headersSent', response) as boolean;

function refuse(): never {
  const error = new Error('Cannot change an answer that has ended');
  throw Object.assign(error, { code: 'ERR_HTTP_HEADERS_SENT' });
}

const SEALED: readonly (readonly [string, PropertyDescriptor])[] = [
  ['headersSent', { get: () => true }],
  ['writableEnded', { get: () => true }],
  ['setHeader', { value: refuse }],
  ['setHeaders', { value: refuse }],
  ['appendHeader', { value: refuse }],
  ['removeHeader', { value: refuse }],
  ['writeHead', { value: refuse }],
  ['flushHeaders', { value: () => undefined }],
  ['write', { value: () => false }],
];

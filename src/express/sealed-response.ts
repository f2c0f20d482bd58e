import type { Response } from 'express';
import { ServerResponse } from 'node:http';

/**
 * Closes a response to its handler from its end until the end is made, as Node would have closed
 * it at once: a second answer, or an error thrown after the first, must not mix with what waits
 * for the store. Returns what opens it again, with the status that it had; what somebody has put on
 * it meanwhile stays.
 */
export function sealResponse(response: Response): () => void {
  const { statusCode, statusMessage } = response;
  const before = SEALED.map(([name]) => Object.getOwnPropertyDescriptor(response, name));
  for (const [name, descriptor] of SEALED)
    Object.defineProperty(response, name, { ...descriptor, configurable: true });
  return () => {
    for (const [index, [name, { value }]] of SEALED.entries()) {
      if (Object.getOwnPropertyDescriptor(response, name)?.value !== value) continue;
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

const method = (value: () => unknown): PropertyDescriptor => ({ value, writable: true });

const SEALED: readonly (readonly [string, PropertyDescriptor])[] = [
  ['headersSent', { get: () => true }],
  ['writableEnded', { get: () => true }],
  ['setHeader', method(refuse)],
  ['setHeaders', method(refuse)],
  ['appendHeader', method(refuse)],
  ['removeHeader', method(refuse)],
  ['writeHead', method(refuse)],
  ['flushHeaders', method(() => undefined)],
  ['write', method(() => false)],
];

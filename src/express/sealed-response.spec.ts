import type { Response } from 'express';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { sealResponse } from './sealed-response.js';

const newResponse = () => new ServerResponse(new IncomingMessage(new Socket())) as Response;

describe('a sealed response', () => {
  it('has ended as far as its handler can see, and is as it was once it is opened', () => {
    const response = newResponse();

    const unseal = sealResponse(response);
    const seen = [response.writableEnded, response.headersSent, response.write('late')];
    unseal();

    expect(seen).toEqual([true, true, false]);
    expect([response.writableEnded, response.headersSent]).toEqual([false, false]);
    expect(Object.hasOwn(response, 'write')).toBe(false);
  });

  it('keeps what is put on it meanwhile', () => {
    const response = newResponse();
    const silent = (): boolean => false;

    const unseal = sealResponse(response);
    response.write = silent;
    unseal();

    expect(Reflect.get(response, 'write')).toBe(silent);
  });
});

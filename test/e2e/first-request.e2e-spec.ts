import { afterEach, describe, expect, it } from '@jest/globals';
import type { NextFunction, Request, Response } from 'express';
import onHeaders from 'on-headers';
import { Browser } from '../support/browser.js';
import { startSessionApp, type SessionApp } from '../support/session-app.js';

// One test, in a file of its own: a process has one first request.
describe('the first request of a process', () => {
  let sut: SessionApp;

  afterEach(() => sut.close());

  it('is answered with its cookie though a middleware before waits for the headers', async () => {
    sut = await startSessionApp({}, {}, false, (app) =>
      app.use((_request: Request, response: Response, next: NextFunction) => {
        onHeaders(response, () => undefined);
        next();
      }),
    );

    const answer = await new Browser(sut.url).post('/login?user=alice');

    expect(answer.setCookie).toBeDefined();
  });
});

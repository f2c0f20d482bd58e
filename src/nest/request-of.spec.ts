import type { ExecutionContext } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { requestOf } from './request-of.js';

describe('the request of a context', () => {
  const request = { headers: {} };

  const contextOf = (type: string, args: unknown[]): ExecutionContext => {
    const context = new ExecutionContextHost(args);
    context.setType(type);
    return context;
  };

  it.each([
    ['http', [request]],
    ['graphql', [{}, {}, { req: request }, {}]],
    ['graphql', [{}, {}, { req: { extra: { request, socket: {} } } }, {}]],
    ['ws', [{ request }, {}]],
  ])('is found where %s keeps it', (type, args) => {
    expect(requestOf(contextOf(type, args))).toBe(request);
  });

  it.each([
    ['a resolver whose context has no request', 'graphql', [{}, {}, {}, {}]],
    ['a resolver without a context', 'graphql', [{}, {}, undefined, {}]],
    ['a socket that keeps none', 'ws', [{}, {}]],
    ['a message from another service', 'rpc', [{}, {}]],
  ])('is undefined for %s', (_name, type, args) => {
    expect(requestOf(contextOf(type, args))).toBeUndefined();
  });
});

import type { ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';

export { contextOf } from '../express/request-context.js';

/**
 * The one place that knows where each transport keeps the HTTP request a session came with.
 * Undefined where there is none, as with a message from another service. Guards ask for each request,
 * so it is read straight from the arguments: `switchToHttp()` makes three functions each time.
 */
export function requestOf(context: ExecutionContext): Request | undefined {
  switch (context.getType<string>()) {
    case 'http':
      return context.getArgByIndex<Request>(0);
    case 'graphql':
      return graphqlRequestOf(context.getArgByIndex<GraphqlContext | undefined>(2));
    case 'ws':
      return context.getArgByIndex<{ request?: Request } | undefined>(0)?.request;
    default:
      return undefined;
  }
}

interface GraphqlContext {
  /** Over HTTP the request; over graphql-ws what that library calls its context. */
  readonly req?: Request & { readonly extra?: { readonly request?: Request } };
}

const graphqlRequestOf = (context: GraphqlContext | undefined): Request | undefined =>
  context?.req?.extra?.request ?? context?.req;

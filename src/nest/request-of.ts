import type { ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';

export { contextOf } from '../express/request-context.js';

/** The one place that knows where each transport keeps the HTTP request a session came with. */
export function requestOf(context: ExecutionContext): Request {
  switch (context.getType<string>()) {
    case 'graphql':
      return context.getArgByIndex<{ req: Request }>(2).req;
    case 'ws':
      return context.switchToWs().getClient<{ request: Request }>().request;
    default:
      return context.switchToHttp().getRequest<Request>();
  }
}

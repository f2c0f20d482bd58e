import { WsException } from '@nestjs/websockets';
import type { SessionError } from '../../core/errors.js';
import { httpErrorOf } from '../../express/http-error.js';

/** What Nest sends to the client as its event `exception`: the fields that HTTP clients get. */
export const wsExceptionOf = (error: SessionError): WsException =>
  new WsException({ status: 'error', ...httpErrorOf(error) });

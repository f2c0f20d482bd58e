import { optionsIn } from '../../core/require-option.js';
import { requireSignedOut, type HandshakeOptions } from '../../express/live/handshakes.js';
import { wsExceptionOf } from './ws-exception-of.js';

/** @publicApi */
export interface SessionAdapterOptions {
  /** Handshakes without a signed-in session; accepted ones reach only handlers that ask for none. Default: refuse. */
  readonly signedOut?: 'refuse' | 'accept';
}

/** @throws SessionConfigInvalidError */
export function handshakeOptionsOf(options: SessionAdapterOptions): HandshakeOptions {
  const { signedOut = 'refuse' } = optionsIn('options', options);
  requireSignedOut(signedOut);
  return { signedOut, exceptionOf: wsExceptionOf };
}

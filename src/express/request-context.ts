import Bowser from 'bowser';
import type { Request } from 'express';
import { withoutPort } from '../core/network/ip-address.js';
import type { RequestContext } from '../core/operations.js';
import type { Device } from '../core/session-record.js';

const MAX_ADDRESS = 64;
const MAX_USER_AGENT = 512;
const MAX_REQUEST_ID = 128;

/**
 * What audit events tell of a request. The address is Express' `req.ip`, so `trust proxy` decides;
 * without the port that some proxies pass on.
 */
export function contextOf(request: Request): RequestContext {
  const userAgent = request.headers['user-agent']?.slice(0, MAX_USER_AGENT);
  const requestId = request.headers['x-request-id'];
  return {
    ...(request.ip !== undefined && { ip: withoutPort(request.ip).slice(0, MAX_ADDRESS) }),
    ...(userAgent !== undefined && { userAgent }),
    ...(typeof requestId === 'string' && { requestId: requestId.slice(0, MAX_REQUEST_ID) }),
  };
}

/** The same, put together when it is read; most requests need none of it. */
export function lazyContextOf(request: Request): RequestContext {
  let told: RequestContext | undefined;
  const tell = (): RequestContext => (told ??= contextOf(request));
  return {
    get ip() {
      return tell().ip;
    },
    get userAgent() {
      return tell().userAgent;
    },
    get requestId() {
      return tell().requestId;
    },
  } as RequestContext;
}

export function deviceOf({ ip, userAgent }: RequestContext): Device {
  return {
    ...(ip !== undefined && { ip }),
    ...(userAgent !== undefined && { userAgent, label: deviceLabel(userAgent) }),
  };
}

/** "Firefox on Linux"; "Unknown device" where the user agent says neither. */
export function deviceLabel(userAgent: string): string {
  if (userAgent === '') return UNKNOWN_DEVICE;
  const { browser, os } = Bowser.parse(userAgent);
  const names = [browser.name, os.name].filter(Boolean);
  return names.length > 0 ? names.join(' on ') : UNKNOWN_DEVICE;
}

const UNKNOWN_DEVICE = 'Unknown device';

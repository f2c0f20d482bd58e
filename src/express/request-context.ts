import Bowser from 'bowser';
import type { Request } from 'express';
import type { RequestContext } from '../core/operations.js';
import type { Device } from '../core/session-record.js';

const MAX_ADDRESS = 64;
const MAX_USER_AGENT = 512;
const MAX_REQUEST_ID = 128;

/** What audit events tell of a request. The address is Express' `req.ip`, so `trust proxy` decides. */
export function contextOf(request: Request): RequestContext {
  const userAgent = request.headers['user-agent']?.slice(0, MAX_USER_AGENT);
  const requestId = request.headers['x-request-id'];
  return {
    ...(request.ip !== undefined && { ip: request.ip.slice(0, MAX_ADDRESS) }),
    ...(userAgent !== undefined && { userAgent }),
    ...(typeof requestId === 'string' && { requestId: requestId.slice(0, MAX_REQUEST_ID) }),
  };
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

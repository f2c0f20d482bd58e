import { SessionInputInvalidError } from '../errors.js';
import { isInNetwork, parseIpNetwork } from '../network/ip-network.js';
import type { SessionRecord } from '../session-record.js';
import type { User } from '../user.js';

/** All that is given must hold. Ranges are half-open: from the first instant, before the second. */
export interface SessionFilter {
  /** Reads that user's index alone. */
  readonly user?: User;
  readonly tenantId?: string;
  /** An address, or a network such as `203.0.113.0/24`. */
  readonly ip?: string;
  /** As the device's label names it, such as `Firefox`, in whichever case. */
  readonly browser?: string;
  /** As the device's label names it, such as `Linux`, in whichever case. */
  readonly system?: string;
  /** One of the ways in which the user proved their identity, such as `pwd`. */
  readonly method?: string;
  readonly createdFrom?: number;
  readonly createdBefore?: number;
  readonly lastSeenFrom?: number;
  readonly lastSeenBefore?: number;
  /** Of the last proof of identity. */
  readonly authenticatedFrom?: number;
  readonly authenticatedBefore?: number;
}

export type SessionMatcher = (session: SessionRecord) => boolean;

/** @throws SessionInputInvalidError for an `ip` that is none */
export function matcherOf(filter: SessionFilter): SessionMatcher {
  const isAddress = addressMatcherOf(filter.ip);
  return (session) =>
    isOf(filter.tenantId, session.user?.tenantId) &&
    (filter.method === undefined || session.methods.includes(filter.method)) &&
    isOnDevice(filter, session) &&
    within(session.createdAt, filter.createdFrom, filter.createdBefore) &&
    within(session.lastSeenAt, filter.lastSeenFrom, filter.lastSeenBefore) &&
    within(session.authenticatedAt, filter.authenticatedFrom, filter.authenticatedBefore) &&
    isAddress(session.device.ip);
}

/** The two parts of "Firefox on Linux"; undefined for what a label does not say. */
export function partsOfLabel(label: string | undefined): {
  readonly browser?: string;
  readonly system?: string;
} {
  const [browser, system] = label?.split(' on ') ?? [];
  return { ...(browser !== undefined && { browser }), ...(system !== undefined && { system }) };
}

function addressMatcherOf(ip: string | undefined): (address: string | undefined) => boolean {
  if (ip === undefined) return () => true;
  const network = parseIpNetwork(ip);
  if (network === undefined)
    throw new SessionInputInvalidError(
      'ip',
      'must be an IP address or a network such as 203.0.113.0/24',
    );
  return (address) => address !== undefined && isInNetwork(address, network);
}

function isOnDevice({ browser, system }: SessionFilter, { device }: SessionRecord): boolean {
  const parts = partsOfLabel(device.label);
  return isOf(lower(browser), lower(parts.browser)) && isOf(lower(system), lower(parts.system));
}

const lower = (text: string | undefined): string | undefined => text?.toLowerCase();

const isOf = (wanted: string | undefined, value: string | undefined): boolean =>
  wanted === undefined || value === wanted;

/** A session that never had such an instant is in no range. */
const within = (at: number | undefined, from?: number, before?: number): boolean =>
  (from === undefined && before === undefined) ||
  (at !== undefined && at >= (from ?? -Infinity) && at < (before ?? Infinity));

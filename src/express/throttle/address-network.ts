import { parseIpAddress } from '../../core/network/ip-address.js';

const SUBSCRIBER_GROUPS = 4;
/** Whoever has no address, or says something else in its place, is counted together. */
const NO_ADDRESS = 'none';

/**
 * What limits count by: an IPv4 address, or of IPv6 the /64, which is the least that a subscriber
 * has to itself and may choose addresses in at will (RFC 6177, RFC 7421). Printable ASCII always.
 */
export function networkOf(text: string | undefined): string {
  const address = parseIpAddress(text ?? '');
  if (!address) return NO_ADDRESS;
  if (address.version === 4) return address.text;
  return `${address.groups.slice(0, SUBSCRIBER_GROUPS).join(':')}::/64`;
}

import { parseIpAddress } from '../core/network/ip-address.js';

/** Whether rows hold the whole address or only its network (IPv4 /24, IPv6 /48). */
export type AddressPrivacy = 'full' | 'shortened';

const NETWORK_GROUPS = 3;

/** The network an address is in; undefined for what is not an address and so cannot be shortened. */
export function shortenAddress(text: string): string | undefined {
  const address = parseIpAddress(text);
  if (!address) return undefined;
  if (address.version === 4) return address.text.replace(/\d+$/, '0');
  return canonicalIPv6(`${address.groups.slice(0, NETWORK_GROUPS).join(':')}::`);
}

/** RFC 5952: the longest run of zeros as `::`. */
const canonicalIPv6 = (address: string): string =>
  new URL(`http://[${address}]`).hostname.slice(1, -1);

import { isIPv4, isIPv6 } from 'node:net';

/** Whether rows hold the whole address or only its network (IPv4 /24, IPv6 /48). */
export type AddressPrivacy = 'full' | 'shortened';

const MAPPED_IPV4 = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/;
const IPV6_GROUPS = 8;
const NETWORK_GROUPS = 3;

/** The network an address is in; undefined for what is not an address and so cannot be shortened. */
export function shortenAddress(address: string): string | undefined {
  if (isIPv4(address)) return address.replace(/\d+$/, '0');
  if (!isIPv6(address)) return undefined;
  const canonical = canonicalIPv6(address.replace(/%.*$/, ''));
  const mapped = MAPPED_IPV4.exec(canonical);
  if (mapped) return ipv4NetworkOf(mapped[1]!, mapped[2]!);
  const network = groupsOf(canonical).slice(0, NETWORK_GROUPS).join(':');
  return canonicalIPv6(`${network}::`);
}

/** RFC 5952: lower case, the longest run of zeros as `::`, no embedded IPv4. */
const canonicalIPv6 = (address: string): string =>
  new URL(`http://[${address}]`).hostname.slice(1, -1);

function groupsOf(canonical: string): readonly string[] {
  const [head, tail] = canonical.split('::').map((part) => (part === '' ? [] : part.split(':')));
  if (tail === undefined) return head!;
  const zeros = Array<string>(IPV6_GROUPS - head!.length - tail.length).fill('0');
  return [...head!, ...zeros, ...tail];
}

function ipv4NetworkOf(high: string, low: string): string {
  const bytes = [parseInt(high, 16) >> 8, parseInt(high, 16) & 255, parseInt(low, 16) >> 8, 0];
  return bytes.join('.');
}

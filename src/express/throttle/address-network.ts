import { parseIpAddress } from '../../core/network/ip-address.js';

const SUBSCRIBER_GROUPS = 4;
/** As some gateways write X-Forwarded-For: `192.0.2.1:50123`, `[2001:db8::1]:50123`, `[2001:db8::1]`. */
const WITH_PORT = /^(?:\[(?<version6>[^\]]*)\](?::\d+)?|(?<version4>[\d.]+):\d+)$/;
/** Whoever has no address, or says something else in its place, is counted together. */
const NO_ADDRESS = 'none';

/**
 * What limits count by: an IPv4 address, or of IPv6 the /64, which is the least that a subscriber
 * has to itself and may choose addresses in at will (RFC 6177, RFC 7421). Printable ASCII always.
 */
export function networkOf(text: string | undefined): string {
  const address = parseIpAddress(withoutPort(text ?? ''));
  if (!address) return NO_ADDRESS;
  if (address.version === 4) return address.text;
  return `${address.groups.slice(0, SUBSCRIBER_GROUPS).join(':')}::/64`;
}

function withoutPort(text: string): string {
  const { version4, version6 } = WITH_PORT.exec(text)?.groups ?? {};
  return version4 ?? version6 ?? text;
}

/** An address as it is counted by: of version 6 the eight groups, lower-case and without leading zeros. */
export type IpAddress =
  | { readonly version: 4; readonly text: string }
  | { readonly version: 6; readonly groups: readonly string[] };

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const IPV6_CHARACTERS = /^[\da-fA-F:.]{2,45}$/;
const MAPPED_IPV4 = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/;
const IPV6_GROUPS = 8;
const WITH_PORT = /^(?:\[([^\]]*)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/;

/** A version 4 address written as version 6 is one of version 4. Undefined for what is no address. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (IPV4.test(text)) return { version: 4, text };
  const bare = text.replace(/%.*$/s, '');
  const url = `http://[${bare}]`;
  if (!IPV6_CHARACTERS.test(bare) || !URL.canParse(url)) return undefined;
  const canonical = new URL(url).hostname.slice(1, -1);
  const [, high, low] = MAPPED_IPV4.exec(canonical) ?? [];
  return high !== undefined && low !== undefined
    ? { version: 4, text: [...bytesOf(high), ...bytesOf(low)].join('.') }
    : { version: 6, groups: groupsOf(canonical) };
}

/**
 * The address alone where a gateway writes it as `192.0.2.1:50123`, `[2001:db8::1]:50123` or
 * `[2001:db8::1]`; anything else as it is.
 */
export function withoutPort(text: string): string {
  const [, version6, version4] = WITH_PORT.exec(text) ?? [];
  const address = version6 ?? version4;
  return address !== undefined && parseIpAddress(address) ? address : text;
}

const bytesOf = (group: string): readonly number[] => [
  parseInt(group, 16) >> 8,
  parseInt(group, 16) & 255,
];

/** Of the spelling of RFC 5952, where `::` stands for a run of zeros. */
function groupsOf(canonical: string): readonly string[] {
  const [head = [], tail] = canonical
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':')));
  if (tail === undefined) return head;
  const zeros = Array<string>(IPV6_GROUPS - head.length - tail.length).fill('0');
  return [...head, ...zeros, ...tail];
}

import { parseIpAddress, type IpAddress } from './ip-address.js';

const BITS = { 4: 32, 6: 128 } as const;

/** Addresses that begin with the same bits. */
export interface IpNetwork {
  readonly version: IpAddress['version'];
  /** What is left of an address without its last `hostBits`. */
  readonly prefix: bigint;
  readonly hostBits: bigint;
}

/** `203.0.113.0/24`, or a single address. Bits behind the prefix are ignored. Undefined for what is neither. */
export function parseIpNetwork(text: string): IpNetwork | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const parsed = parseIpAddress(address);
  if (!parsed || rest.length > 0) return undefined;
  const bits = BITS[parsed.version];
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return undefined;
  if (Number(length ?? bits) > bits) return undefined;
  const hostBits = BigInt(bits - Number(length ?? bits));
  return { version: parsed.version, prefix: numberOf(parsed) >> hostBits, hostBits };
}

export function isInNetwork(text: string, network: IpNetwork): boolean {
  const address = parseIpAddress(text);
  return (
    address?.version === network.version && numberOf(address) >> network.hostBits === network.prefix
  );
}

const numberOf = (address: IpAddress): bigint =>
  address.version === 4
    ? address.text.split('.').reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
    : address.groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);

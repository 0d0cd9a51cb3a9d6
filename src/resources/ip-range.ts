import { isIP } from 'node:net';

/** A run of addresses of one version. */
export interface IpRange {
  readonly version: 'IPV4' | 'IPV6';
  readonly type: 'EXACT' | 'RANGE' | 'CIDR';
  readonly first: bigint;
  readonly last: bigint;
}

/** What is wrong with the text of a range. */
export class BadIpRange extends Error {}

/**
 * Reads `192.0.2.1`, `192.0.2.0-192.0.2.255` or `192.0.2.0/24`, and the same of IPv6.
 * @throws BadIpRange with a phrase that says what the text is not
 */
export function parseIpRange(text: string): IpRange {
  if (text.includes('/')) return cidr(text);
  const [from, to, ...more] = text.split('-');
  if (to === undefined) return exact(text);
  if (more.length > 0) throw new BadIpRange('has more than one hyphen');
  const first = exact(from!.trim());
  const last = exact(to.trim());
  if (first.version !== last.version) throw new BadIpRange('goes from one version of IP to another');
  if (first.first > last.first) throw new BadIpRange('ends before it begins');
  return { version: first.version, type: 'RANGE', first: first.first, last: last.first };
}

function exact(text: string): IpRange {
  const version = isIP(text);
  // An IPv6 address with a zone (`fe80::1%eth0`) means something on one machine only.
  if (version === 0 || text.includes('%')) throw new BadIpRange('is no IP address');
  const number = version === 4 ? number4(text) : number6(text);
  return { version: version === 4 ? 'IPV4' : 'IPV6', type: 'EXACT', first: number, last: number };
}

function cidr(text: string): IpRange {
  const [address, length, ...more] = text.split('/');
  if (more.length > 0 || !/^\d{1,3}$/.test(length!)) throw new BadIpRange('has no prefix length after its slash');
  const { version, first: given } = exact(address!);
  const bits = version === 'IPV4' ? 32 : 128;
  if (Number(length) > bits) throw new BadIpRange(`has a prefix longer than ${bits} bits`);
  const host = (1n << BigInt(bits - Number(length))) - 1n;
  const first = given & ~host;
  return { version, type: 'CIDR', first, last: first | host };
}

function number4(text: string): bigint {
  return text.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function number6(text: string): bigint {
  const whole = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => `${pair(a, b)}:${pair(c, d)}`);
  const [head, tail] = whole.split('::');
  const left = words(head!);
  const right = tail === undefined ? [] : words(tail);
  const gap: bigint[] = new Array<bigint>(8 - left.length - right.length).fill(0n);
  return [...left, ...gap, ...right].reduce((sum, word) => (sum << 16n) | word, 0n);
}

function pair(high: string, low: string): string {
  return ((Number(high) << 8) | Number(low)).toString(16);
}

function words(text: string): bigint[] {
  return text === '' ? [] : text.split(':').map((word) => BigInt(`0x${word}`));
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIpRange } from '../../src/resources/ip-range.ts';

describe('a range of addresses', () => {
  it.each([
    ['192.0.2.1', 'IPV4', 'EXACT', 0xc0000201n, 0xc0000201n],
    ['192.0.2.0-192.0.2.255', 'IPV4', 'RANGE', 0xc0000200n, 0xc00002ffn],
    ['192.0.2.0 - 192.0.2.1', 'IPV4', 'RANGE', 0xc0000200n, 0xc0000201n],
    ['192.0.2.77/24', 'IPV4', 'CIDR', 0xc0000200n, 0xc00002ffn],
    ['0.0.0.0/0', 'IPV4', 'CIDR', 0n, 0xffffffffn],
    ['::', 'IPV6', 'EXACT', 0n, 0n],
    ['::ffff:192.0.2.1', 'IPV6', 'EXACT', 0xffffc0000201n, 0xffffc0000201n],
    ['FE80:0000:0000:0000:0202:B3FF:FE1E:8329', 'IPV6', 'EXACT', 0xfe800000000000000202b3fffe1e8329n, null],
    ['2001:db8::/127', 'IPV6', 'CIDR', 0x20010db8n << 96n, (0x20010db8n << 96n) | 1n],
    ['::1-::ff', 'IPV6', 'RANGE', 1n, 255n],
  ] as const)('%s is read', (text, version, type, first, last) => {
    expect(parseIpRange(text)).toEqual({ version, type, first, last: last ?? first });
  });

  it.each([
    ['', 'is no IP address'],
    ['192.0.2', 'is no IP address'],
    ['192.0.2.256', 'is no IP address'],
    ['192.0.02.1', 'is no IP address'],
    [' 192.0.2.1', 'is no IP address'],
    ['fe80::1%eth0', 'is no IP address'],
    ['host.example', 'is no IP address'],
    ['192.0.2.9-192.0.2.1', 'ends before it begins'],
    ['192.0.2.1-::1', 'goes from one version of IP to another'],
    ['192.0.2.1-192.0.2.2-192.0.2.3', 'has more than one hyphen'],
    ['192.0.2.1-', 'is no IP address'],
    ['192.0.2.0/33', 'has a prefix longer than 32 bits'],
    ['::/129', 'has a prefix longer than 128 bits'],
    ['192.0.2.0/', 'has no prefix length after its slash'],
    ['192.0.2.0/-1', 'has no prefix length after its slash'],
    ['192.0.2.0/255.255.255.0', 'has no prefix length after its slash'],
    ['192.0.2.0/24/8', 'has no prefix length after its slash'],
    ['192.0.2.0/24-192.0.2.9', 'has no prefix length after its slash'],
  ])('%s is refused: it %s', (text, message) => {
    expect(() => parseIpRange(text)).toThrow(message);
  });

  it('is never anything but a range or a refusal', () => {
    const texts = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f.:/%-]{0,30}$/));
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const { first, last } = parseIpRange(text);
          expect(first <= last && first >= 0n).toBe(true);
        } catch (error) {
          expect((error as Error).constructor.name).toBe('BadIpRange');
        }
      }),
    );
  });
});

import { describe, expect, test } from 'vitest';
import { domainAddress, routedUrl } from '../../src/http/domain-address.ts';

const address = (url: string, headers: Record<string, string> = {}) => domainAddress({ url, headers });

describe('the domain a request is for', () => {
  test.each([
    ['/_domains/alpha/admin/v1/Users', 'alpha', '/_domains/alpha', '/admin/v1/Users'],
    ['/_domains/alpha', 'alpha', '/_domains/alpha', '/'],
    ['/_domains/alpha?x=1', 'alpha', '/_domains/alpha', '/?x=1'],
    [
      '/.well-known/oauth-authorization-server/_domains/alpha?x=1',
      'alpha',
      '/_domains/alpha',
      '/.well-known/oauth-authorization-server?x=1',
    ],
  ])('is in the path prefix of %s', (url, name, prefix, routed) => {
    expect(address(url)).toEqual({ name, prefix, byHost: false });
    expect(routedUrl({ url })).toBe(routed);
  });

  test('is in a host name below localhost', () => {
    expect(address('/x', { host: 'alpha.localhost:8080' })).toEqual({ name: 'alpha', prefix: '', byHost: true });
    for (const host of ['localhost:8080', 'idcs.example.com']) {
      expect(address('/x', { host })).toEqual({ name: null, prefix: '', byHost: false });
    }
  });

  test('is in the header', () => {
    const headers = { 'x-resource-identity-domain-name': 'alpha' };
    expect(address('/x', headers)).toEqual({ name: 'alpha', prefix: '', byHost: false });
  });

  test('is taken from the path before host and header', () => {
    const headers = { host: 'beta.localhost', 'x-resource-identity-domain-name': 'gamma' };
    expect(address('/_domains/alpha/x', headers).name).toBe('alpha');
    expect(address('/x', headers).name).toBe('beta');
  });
});

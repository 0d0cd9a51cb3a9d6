import { describe, expect, test } from 'vitest';
import { domainAddress, routedUrl } from '../../src/http/domain-address.ts';

const address = (url: string, headers: Record<string, string> = {}) => domainAddress({ url, headers });

describe('the domain a request is for', () => {
  test.each([
    ['/_domains/alpha/admin/v1/Users', 'alpha', '/_domains/alpha', '/admin/v1/Users'],
    ['/_domains/alpha', 'alpha', '/_domains/alpha', '/'],
    ['/_domains/alpha?x=1', 'alpha', '/_domains/alpha', '/?x=1'],
  ])('is in the path prefix of %s', (url, name, prefix, routed) => {
    expect(address(url)).toEqual({ name, prefix });
    expect(routedUrl({ url })).toBe(routed);
  });

  test('is in a host name below localhost', () => {
    expect(address('/x', { host: 'alpha.localhost:8080' })).toEqual({ name: 'alpha', prefix: '' });
    expect(address('/x', { host: 'localhost:8080' })).toEqual({ name: null, prefix: '' });
    expect(address('/x', { host: 'idcs.example.com' })).toEqual({ name: null, prefix: '' });
  });

  test('is in the header', () => {
    expect(address('/x', { 'x-resource-identity-domain-name': 'alpha' })).toEqual({ name: 'alpha', prefix: '' });
  });

  test('is taken from the path before host and header', () => {
    const headers = { host: 'beta.localhost', 'x-resource-identity-domain-name': 'gamma' };
    expect(address('/_domains/alpha/x', headers).name).toBe('alpha');
    expect(address('/x', headers).name).toBe('beta');
  });
});

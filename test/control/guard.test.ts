import { describe, expect, it } from 'vitest';
import { ControlError } from '../../src/control/errors.ts';
import { type GuardedRequest, type GuardRules, guard } from '../../src/control/guard.ts';

const TOKEN = 'a-token-of-enough-length';
const rules: GuardRules = { controlToken: null, trustProxy: false, baseUrl: null };

/** Status of the refusal, or 200. */
function outcome(headers: GuardedRequest['headers'], change: Partial<GuardRules> & { from?: string } = {}): number {
  const { from = '127.0.0.1', ...changed } = change;
  try {
    guard({ headers: { host: 'localhost:8080', ...headers }, remoteAddress: from }, { ...rules, ...changed });
    return 200;
  } catch (error) {
    if (error instanceof ControlError) return error.status;
    throw error;
  }
}

describe('the guard of the control plane', () => {
  describe('Host', () => {
    it.each([
      'localhost',
      'localhost:8080',
      'LOCALHOST:8080',
      'alpha.localhost:8080',
      '127.0.0.1:8080',
      '127.8.9.1',
      '[::1]:8080',
    ])('lets %s pass', (host) => {
      expect(outcome({ host })).toBe(200);
    });

    it.each([
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'notlocalhost',
      '10.0.0.1:8080',
      '[::2]:8080',
      '0.0.0.0',
      'localhost:8080@evil.example',
      'a b',
      '',
    ])('refuses %j: a name may have been rebound to this machine', (host) => {
      expect(outcome({ host })).toBe(403);
    });

    it('refuses a request without one', () => {
      expect(outcome({ host: undefined })).toBe(403);
    });

    it('lets the host of IDCS_BASE_URL pass, and only that', () => {
      const baseUrl = 'https://idcs.example.com:8443';
      expect(outcome({ host: 'idcs.example.com:8443' }, { baseUrl })).toBe(200);
      expect(outcome({ host: 'idcs.example.com' }, { baseUrl })).toBe(200);
      expect(outcome({ host: 'example.com' }, { baseUrl })).toBe(403);
    });

    it('is refused for holders of the token, too', () => {
      const authorization = `Bearer ${TOKEN}`;
      expect(outcome({ host: 'evil.example', authorization }, { controlToken: TOKEN })).toBe(403);
    });

    it('counts as forwarded when the proxy is trusted', () => {
      const headers = { 'x-forwarded-host': 'evil.example' };
      expect(outcome(headers, { trustProxy: true })).toBe(403);
      expect(outcome(headers, { trustProxy: false })).toBe(200);
    });
  });

  describe('Origin', () => {
    it('lets the asked address itself pass', () => {
      expect(outcome({ origin: 'http://localhost:8080' })).toBe(200);
      expect(outcome({ origin: 'https://localhost:8080' })).toBe(200);
    });

    it.each(['https://evil.example', 'http://localhost:3000', 'http://127.0.0.1:8080', 'null', 'file://', ''])(
      'refuses %j',
      (origin) => {
        expect(outcome({ origin })).toBe(403);
      },
    );

    it('lets the origin of IDCS_BASE_URL pass', () => {
      const baseUrl = 'https://idcs.example.com';
      expect(outcome({ origin: baseUrl }, { baseUrl })).toBe(200);
    });

    it.each(['cross-site', 'same-site'])('refuses a %s request that hides its origin', (site) => {
      expect(outcome({ 'sec-fetch-site': site })).toBe(403);
      expect(outcome({ 'sec-fetch-site': 'same-origin' })).toBe(200);
      expect(outcome({ 'sec-fetch-site': 'none' })).toBe(200);
    });
  });

  describe('caller', () => {
    it.each(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1', '0:0:0:0:0:0:0:1'])('lets %s pass', (from) => {
      expect(outcome({}, { from })).toBe(200);
    });

    it.each(['172.17.0.1', '::ffff:10.0.0.1', '2001:db8::1', '0.0.0.0', '', '127.0.0.1.evil'])('refuses %j', (from) => {
      expect(outcome({}, { from })).toBe(401);
    });

    it('lets a holder of the token pass from anywhere', () => {
      const from = '172.17.0.1';
      const controlToken = TOKEN;
      expect(outcome({ authorization: `Bearer ${TOKEN}` }, { from, controlToken })).toBe(200);
      expect(outcome({ authorization: `bearer ${TOKEN}` }, { from, controlToken })).toBe(200);
      for (const authorization of [`Bearer ${TOKEN}x`, 'Bearer ', `Basic ${TOKEN}`, TOKEN, 'Bearer null']) {
        expect(outcome({ authorization }, { from, controlToken })).toBe(401);
      }
      expect(outcome({ authorization: 'Bearer null' }, { from, controlToken: null })).toBe(401);
    });

    it.each([
      { 'x-forwarded-for': '10.0.0.1' },
      { 'x-forwarded-for': '127.0.0.1, 10.0.0.1' },
      { 'x-forwarded-for': '10.0.0.1, 127.0.0.1' },
      { forwarded: 'for=10.0.0.1;proto=http' },
      { forwarded: 'proto=http;for="[2001:db8::1]:4711"' },
      { forwarded: 'for=unknown' },
      { forwarded: 'by=127.0.0.1' },
      { 'x-real-ip': '10.0.0.1' },
      { 'cf-connecting-ip': '2001:db8::1' },
    ])('refuses a stranger behind a proxy on this machine: %j', (headers) => {
      expect(outcome(headers, { trustProxy: true })).toBe(401);
      expect(outcome(headers, { trustProxy: false })).toBe(401);
    });

    it('lets a loopback client behind a proxy on this machine pass', () => {
      expect(outcome({ 'x-forwarded-for': '127.0.0.1' }, { trustProxy: true })).toBe(200);
      expect(outcome({ forwarded: 'for="[::1]:4711"' }, { trustProxy: true })).toBe(200);
    });

    it('does not believe a stranger who says to be forwarded from loopback', () => {
      expect(outcome({ 'x-forwarded-for': '127.0.0.1' }, { trustProxy: true, from: '10.0.0.1' })).toBe(401);
    });
  });
});

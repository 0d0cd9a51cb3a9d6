import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pageHeaders } from '../../src/pages/security-headers.ts';

const policy = (sources: Parameters<typeof pageHeaders>[0]) =>
  new Map(
    String(pageHeaders(sources)['content-security-policy'])
      .split('; ')
      .map((directive) => directive.split(/ (.*)/s, 2) as [string, string]),
  );

test('a page loads nothing, is framed by nobody and is not kept', () => {
  expect(pageHeaders({})).toEqual({
    'content-security-policy':
      "default-src 'none'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'cache-control': 'no-store',
  });
});

test('styles and scripts are allowed by their hashes alone', () => {
  const hash = createHash('sha256').update('a{}').digest('base64');
  const directives = policy({ styles: ['a{}'], scripts: ['a{}'] });
  expect(directives.get('style-src')).toBe(`'sha256-${hash}'`);
  expect(directives.get('script-src')).toBe(`'sha256-${hash}'`);
});

test("a form's answer may lead to the schemes of its targets, and wherever an app's callback goes on to from there", () => {
  const targets = [
    'https://app.example.com/cb?x=1',
    'http://localhost:3000',
    'com.example.app:',
    'com.example.app:/cb',
  ];
  expect(policy({ formTargets: targets }).get('form-action')).toBe("'self' https: http: com.example.app:");
  expect(policy({ formTargets: ['https://app.example.com'] }).get('form-action')).toBe("'self' https:");
});

test('frames are origins, or the scheme of an IPv6 address, which no source can name', () => {
  const frames = ['https://app.example.com/logout?sid=1', 'http://[::1]:3000/out', 'com.example.app:/out'];
  expect(policy({ frames }).get('frame-src')).toBe('https://app.example.com http:');
});

test('an image is allowed by its address without the query', () => {
  expect(policy({ images: ['https://cdn.example.com/a;b,c.png?v=1'] }).get('img-src')).toBe(
    "'self' data: https://cdn.example.com/a%3Bb%2Cc.png",
  );
});

test('what runs or holds a page of its own is no target', () => {
  const values = [
    'javascript:',
    'javascript:alert(1)',
    'data:text/html,x',
    'data:',
    'blob:https://a.example/1',
    '*',
    "'none'",
  ];
  expect(policy({ formTargets: values, images: values }).get('form-action')).toBe("'self'");
});

test('no value ends a source, a directive or the header', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.webUrl({ withQueryParameters: true }),
    fc.string().map((host) => `https://${host}/`),
    fc.string().map((path) => `https://a.example/${path}`),
    fc.string().map((scheme) => `${scheme}:`),
    fc.constantFrom(
      "https://a;script-src 'unsafe-inline'",
      'https://a.example/; script-src *',
      'x:\r\nset-cookie: a=b',
    ),
  );
  fc.assert(
    fc.property(fc.array(value), fc.array(value), fc.array(value), (formTargets, frames, images) => {
      const header = String(pageHeaders({ formTargets, frames, images })['content-security-policy']);
      expect(header).toMatch(/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/);
      const names = header.split(';').map((directive) => directive.trim().split(' ')[0]);
      expect(names).toEqual([
        'default-src',
        'img-src',
        ...(names.includes('frame-src') ? ['frame-src'] : []),
        'form-action',
        'frame-ancestors',
        'base-uri',
      ]);
      for (const source of header.split(/[ ;]+/))
        expect(source).toMatch(/^(?:'none'|'self'|[a-z-]+|[a-z][a-z0-9+.-]*:(?:\/\/[^\s;,'"]+)?)$/i);
    }),
  );
});

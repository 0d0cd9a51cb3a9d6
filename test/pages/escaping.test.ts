import fc from 'fast-check';
import { expect, test } from 'vitest';
import { html } from '../../src/pages/markup.ts';
import { skeletonOf, tagsOf } from './html-tags.ts';
import { pageContextFor } from './page-context.ts';
import { everyPage } from './page-models.ts';

const DANGEROUS = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  `' onfocus='alert(1)' x='`,
  '</style><script>alert(1)</script>',
  '</textarea></title><svg onload=alert(1)>',
  '--><!--<![CDATA[',
  '&lt;b&gt;&#x22;',
  '{app}{user}{title}',
  'javascript:alert(1)',
  'a\r\nb\0c\u2028d\ud800',
];
/** Never empty, because a page may leave out what is. */
const text = fc.oneof(
  fc.constantFrom(...DANGEROUS),
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.tuple(fc.constantFrom(...DANGEROUS), fc.string()).map((parts) => parts.join('')),
);

test('no text of a model or of the settings makes or breaks a tag, on any page', () => {
  // Values that are no address, as the random ones hardly ever are: links are shown only for addresses.
  const plain = everyPage(contextWith('text'), (name) => `no ${name}`);
  fc.assert(
    fc.property(fc.infiniteStream(text), (texts) => {
      const next = () => texts.next().value as string;
      const pages = everyPage(contextWith(next()), (name) => `no ${name}${next()}`);
      for (const [name, page] of Object.entries(pages)) {
        expect(skeletonOf(page.html), name).toEqual(skeletonOf(plain[name]?.html ?? ''));
      }
    }),
    { numRuns: 60 },
  );
});

test('a value comes back out of an attribute as it went in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const [tag] = tagsOf(String(html`<p title="${value}">${value}</p>`));
      expect(tag?.attributes.get('title')).toBe(value);
    }),
  );
});

test('no address that runs is ever a link, an image or a frame', () => {
  const addresses = [
    'javascript:alert(1)',
    ' JaVaScRiPt:alert(1)',
    'java\tscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'blob:https://a.example/1',
    'file:///etc/passwd',
  ];
  for (const address of addresses) {
    const pages = everyPage(
      pageContextFor({ settings: { termsOfUseUrl: address, privacyPolicyUrl: address } }),
      (name) => (name === 'signInUrl' || name === 'signOutUrl' || name === 'action' ? '/ours' : address),
    );
    for (const { html: page } of Object.values(pages)) {
      for (const { attributes } of tagsOf(page)) {
        for (const name of ['href', 'src', 'action']) {
          const value = attributes.get(name) ?? 'https:';
          expect(value).toMatch(/^(?:https:|\/ours|data:image\/svg\+xml,%3Csvg|data:image\/png;base64,)/);
        }
      }
    }
  }
});

function contextWith(value: string) {
  const local = [{ value, locale: value }];
  return pageContextFor({
    name: value,
    settings: { customBranding: true, companyNames: local, loginTexts: local, termsOfUseUrl: value },
  });
}

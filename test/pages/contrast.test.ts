import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

/*
 * WCAG 2.2, 1.4.3 and 1.4.11: text has a contrast of 4.5:1 to what it stands on, borders of controls and the focus 3:1. The
 * colours are the variables of page.css, in both schemes.
 */

const css = readFileSync(new URL('../../src/pages/page.css', import.meta.url), 'utf8');
const [light, dark] = [...css.matchAll(/:root \{([^}]*)\}/g)].map(
  ([, block]) =>
    new Map([...(block as string).matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [name, hex])),
);

const TEXT: readonly (readonly [string, string])[] = [
  ['text', 'ground'],
  ['text', 'surface'],
  ['text', 'tint'],
  ['quiet', 'ground'],
  ['quiet', 'surface'],
  ['quiet', 'tint'],
  ['accent', 'surface'],
  ['accent', 'ground'],
  ['accent-strong', 'surface'],
  ['accent-strong', 'ground'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-strong'],
  ['bad', 'bad-tint'],
  ['good', 'good-tint'],
];
const SHAPES: readonly (readonly [string, string])[] = [
  ['control', 'surface'],
  ['control', 'ground'],
  ['bad', 'surface'],
  ['accent', 'surface'],
];

describe.each([
  ['light', light],
  ['dark', dark],
])('in the %s scheme', (_scheme, colours) => {
  const ratio = (one: string, other: string) => contrast(String(colours?.get(one)), String(colours?.get(other)));

  test.each(TEXT)('%s can be read on %s', (one, other) => {
    expect(ratio(one, other)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(SHAPES)('%s can be seen on %s', (one, other) => {
    expect(ratio(one, other)).toBeGreaterThanOrEqual(3);
  });
});

test('initials can be read on every tile', () => {
  const hues = [...css.matchAll(/\.hue-\d \{\s+background: (#[0-9a-f]{6});/g)].map(([, hex]) => hex as string);
  expect(hues).toHaveLength(6);
  for (const hue of hues) expect(contrast('#ffffff', hue)).toBeGreaterThanOrEqual(4.5);
});

function contrast(one: string, other: string): number {
  const [bright, dim] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (bright + 0.05) / (dim + 0.05);
}

/** WCAG's relative luminance of `#rrggbb`. */
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const value = Number.parseInt(hex.slice(start, start + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

import { expect, test } from 'vitest';

test('a test cannot reach another machine', async () => {
  const failure = await fetch('http://192.0.2.1/').catch((error: Error) => error);
  expect(String((failure as Error).cause)).toContain('tests use this machine only');
});

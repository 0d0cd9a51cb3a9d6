import { expect, test } from 'vitest';
import { type CoveredRoute, coverage } from '../../src/http/coverage.ts';
import { testDomain } from '../support/emulator.ts';

/** A thousand requests one after the other would take half a minute on a busy machine. */
const AT_ONCE = 20;

test('every known route answers as docs/coverage.md says: 501 in its family’s form, or not 501 and not "nothing there"', async () => {
  const domain = await testDomain();
  const wrong: string[] = [];
  const check = async ({ method, path, built }: CoveredRoute) => {
    const { status, body } = await domain.send(method, path.replaceAll(/\{[^}]*\}/g, 'x1'), { token: null });
    const isNothing = status === 404 && /^There is (nothing|no resource type)/.test(body.detail ?? '');
    if (built ? status === 501 || isNothing : status !== 501) wrong.push(`${method} ${path}: ${status}`);
    if (status === 501 && path.startsWith('/admin/')) expect(body.status).toBe('501');
    if (status === 501 && path.startsWith('/oauth2/')) expect(body).toHaveProperty('error_description');
  };
  const routes = coverage().flatMap((covered) => covered.routes);
  for (let at = 0; at < routes.length; at += AT_ONCE) {
    await Promise.all(routes.slice(at, at + AT_ONCE).map(check));
  }
  expect(wrong).toEqual([]);
}, 120_000);

test('an endpoint that is built says 405 to verbs, and 404 to paths, that the real service lacks too', async () => {
  const domain = await testDomain();
  for (const [method, path, allow] of [
    ['POST', '/admin/v1/Users/x1', 'DELETE,GET,PATCH,PUT'],
    ['GET', '/oauth2/v1/token', 'POST'],
    ['DELETE', '/.well-known/openid-configuration', 'GET'],
  ] as const) {
    const { status, headers, text } = await domain.send(method, path);
    expect([method, path, status, headers.get('allow')], text).toEqual([method, path, 405, allow]);
  }
  const bulk = await domain.send('GET', '/admin/v1/Bulk');
  expect([bulk.status, bulk.headers.get('allow')]).toEqual([405, 'POST,OPTIONS']);
  expect((await domain.send('OPTIONS', '/admin/v1/Bulk')).headers.get('allow')).toBe('POST,OPTIONS');
  for (const path of ['/admin/v1/Users/x1/y', '/admin/v1/SigningCert/jwk/x', '/oauth2/v1/token/x']) {
    expect([path, (await domain.send('GET', path)).status]).toEqual([path, 404]);
  }
  expect((await domain.send('GET', `${notBuilt()}/x1/y`)).status).toBe(501);
});

test('calls of routes that are not built are counted in /_emulator/info', async () => {
  const domain = await testDomain();
  await domain.send('GET', notBuilt());
  const info = await domain.send('GET', '/_emulator/info', { token: null });
  expect(JSON.stringify(info.body)).toContain(`GET ${notBuilt()}`);
});

/** An endpoint of /admin/v1 that nothing of is built. */
function notBuilt(): string {
  const missing = coverage().filter(({ routes }) => routes.every(({ built }) => !built));
  return missing.find(({ endpoint }) => endpoint.path.startsWith('/admin/v1/'))!.endpoint.path;
}

import express, { type ErrorRequestHandler } from 'express';
import openIdConnect, { type ConfigParams } from 'express-openid-connect';
import { expect, test } from 'vitest';
import { arrive, newPage, signIn } from '../support/browser.ts';
import { type Domain, newDomain } from '../support/domain.ts';
import { webServer } from '../support/web-server.ts';

test('strict mode: discovery, code with PKCE, userinfo, refresh, logout', async () => {
  const domain = await newDomain('strict');
  await journey(domain, await application(domain));
});

test('default mode: discovery refuses the issuer, as against the real service', async () => {
  const domain = await newDomain('default');
  const url = await application(domain);
  const page = await newPage();
  await page.goto(`${url}/login`);
  expect(await page.locator('body').innerText()).toMatch(/issuer|unexpected JSON attribute value/i);
});

test('default mode: with its address as the issuer of the domain all works', async () => {
  const domain = await newDomain('default');
  await domain.setIssuer(domain.url);
  await journey(domain, await application(domain));
});

/** An application as the library's documentation has it. @returns its address */
async function application(domain: Domain, more: ConfigParams = {}): Promise<string> {
  const { url, serve } = await webServer();
  const registered = await domain.registerClient({
    redirectUris: [`${url}/callback`],
    postLogoutRedirectUris: [url],
  });
  const app = express();
  app.use(
    openIdConnect.auth({
      issuerBaseURL: domain.url,
      baseURL: url,
      clientID: registered.id,
      clientSecret: registered.secret,
      secret: 'of the cookies that this application sets',
      authRequired: false,
      idpLogout: true,
      authorizationParams: { response_type: 'code', scope: 'openid profile email offline_access' },
      ...more,
    }),
  );
  app.get('/me', openIdConnect.requiresAuth(), async (request, response) => {
    const before = request.oidc.accessToken!;
    const after = await before.refresh();
    response.json({
      claims: request.oidc.idTokenClaims,
      userinfo: await request.oidc.fetchUserInfo(),
      refreshed: after.access_token !== before.access_token,
    });
  });
  app.get('/', (request, response) => {
    response.json({ signedIn: request.oidc.isAuthenticated() });
  });
  const fail: ErrorRequestHandler = (error, _request, response, _next) => {
    response.status(500).send(`${error.message} ${error.cause?.message ?? ''}`);
  };
  app.use(fail);
  serve(app);
  return url;
}

async function journey(domain: Domain, url: string): Promise<void> {
  const page = await newPage();
  await page.goto(`${url}/login`);
  await signIn(page, domain, `${url}/`);
  await page.goto(`${url}/me`);
  expect(JSON.parse(await page.locator('body').innerText())).toMatchObject({
    claims: { sub: domain.userName },
    userinfo: { sub: domain.userName, email: domain.userName },
    refreshed: true,
  });
  await page.goto(`${url}/logout`);
  await arrive(page, `${url}/`);
  expect(await page.locator('body').innerText()).toContain('"signedIn":false');
  await page.goto(`${url}/login`);
  await page.locator('input[name=password]').waitFor();
}

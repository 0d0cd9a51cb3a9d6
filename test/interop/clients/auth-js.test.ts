import { ExpressAuth, type ExpressAuthConfig, getSession } from '@auth/express';
import express from 'express';
import { expect, test } from 'vitest';
import { newPage, signIn } from '../support/browser.ts';
import { type Domain, newDomain, REAL_ISSUER } from '../support/domain.ts';
import { webServer } from '../support/web-server.ts';

test('strict mode: discovery, code with PKCE, userinfo, logout', async () => {
  const domain = await newDomain('strict');
  const { url } = await application(domain, { issuer: domain.url });
  await journey(domain, url);
});

test('default mode: discovery refuses the issuer, as against the real service', async () => {
  const domain = await newDomain('default');
  const { url, errors } = await application(domain, { issuer: domain.url });
  const page = await newPage();
  await page.goto(`${url}/auth/signin`);
  await page.getByRole('button').click();
  await page.waitForURL(/error=Configuration/);
  expect(errors.join('\n')).toMatch(/unexpected JSON attribute value|issuer/);
});

test('default mode: with the real issuer and the endpoints all works', async () => {
  const domain = await newDomain('default');
  const { url } = await application(domain, {
    issuer: REAL_ISSUER,
    authorization: `${domain.url}/oauth2/v1/authorize?scope=openid+profile+email`,
    token: `${domain.url}/oauth2/v1/token`,
    userinfo: `${domain.url}/oauth2/v1/userinfo`,
  });
  await journey(domain, url);
});

type Provider = { issuer: string; authorization?: string; token?: string; userinfo?: string };

async function application(domain: Domain, provider: Provider): Promise<{ url: string; errors: string[] }> {
  const { url, serve } = await webServer();
  const registered = await domain.registerClient({ redirectUris: [`${url}/auth/callback/domain`] });
  const errors: string[] = [];
  const config: ExpressAuthConfig = {
    secret: 'of the cookies that this application sets',
    trustHost: true,
    providers: [
      {
        id: 'domain',
        name: 'The domain',
        type: 'oidc',
        clientId: registered.id,
        clientSecret: registered.secret,
        checks: ['pkce', 'state', 'nonce'],
        // Claims of the userinfo endpoint instead of the id token's.
        idToken: false,
        ...provider,
      },
    ],
    logger: {
      error: (error) => {
        errors.push(`${error.message} ${(error.cause as { err?: Error } | undefined)?.err?.message ?? ''}`);
      },
    },
  };
  const app = express();
  app.use('/auth', ExpressAuth(config));
  app.get('/', async (request, response) => {
    response.json(await getSession(request, config));
  });
  serve(app);
  return { url, errors };
}

async function journey(domain: Domain, url: string): Promise<void> {
  const page = await newPage();
  await page.goto(`${url}/auth/signin?callbackUrl=/`);
  await page.getByRole('button').click();
  await signIn(page, domain, `${url}/`);
  expect(JSON.parse(await page.locator('body').innerText())).toMatchObject({
    user: { name: 'Jane Doe', email: domain.userName },
  });
  // Auth.js ends its own session only.
  await page.goto(`${url}/auth/signout?callbackUrl=/`);
  await page.getByRole('button').click();
  await page.waitForURL(`${url}/`);
  expect(await page.locator('body').innerText()).toBe('null');
}

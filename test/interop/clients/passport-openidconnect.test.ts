import express from 'express';
import session from 'express-session';
import passport from 'passport';
import OpenIdConnectStrategy from 'passport-openidconnect';
import { expect, test } from 'vitest';
import { arrive, newPage, signIn } from '../support/browser.ts';
import { type Domain, newDomain, REAL_ISSUER } from '../support/domain.ts';
import { webServer } from '../support/web-server.ts';

/*
 * The library neither discovers nor checks signatures nor knows PKCE: it is given issuer and endpoints, and compares the issuer.
 */

test('strict mode: code flow with the domain as issuer, userinfo, logout', async () => {
  const domain = await newDomain('strict');
  await journey(domain, await application(domain, domain.url));
});

test('default mode: the domain as issuer is refused, as against the real service', async () => {
  const domain = await newDomain('default');
  const { url } = await application(domain, domain.url);
  const page = await newPage();
  await page.goto(`${url}/login`);
  await signIn(page, domain, `${url}/failed`);
  expect(await page.locator('body').innerText()).toContain('ID token not issued by expected OpenID provider.');
});

test('default mode: with the real issuer all works', async () => {
  const domain = await newDomain('default');
  await journey(domain, await application(domain, REAL_ISSUER));
});

interface Application {
  readonly url: string;
  readonly logout: string;
}

async function application(domain: Domain, issuer: string): Promise<Application> {
  const { url, serve } = await webServer();
  const registered = await domain.registerClient({
    redirectUris: [`${url}/callback`],
    postLogoutRedirectUris: [`${url}/bye`],
  });
  const passports = new passport.Passport();
  passports.use(
    new OpenIdConnectStrategy(
      {
        issuer,
        authorizationURL: `${domain.url}/oauth2/v1/authorize`,
        tokenURL: `${domain.url}/oauth2/v1/token`,
        userInfoURL: `${domain.url}/oauth2/v1/userinfo`,
        clientID: registered.id,
        clientSecret: registered.secret,
        callbackURL: `${url}/callback`,
        scope: ['profile', 'email'],
        skipUserProfile: false,
      },
      (_issuer: string, profile: passport.Profile, done: OpenIdConnectStrategy.VerifyCallback) => done(null, profile),
    ),
  );
  passports.serializeUser((user, done) => done(null, user));
  passports.deserializeUser((user: Express.User, done) => done(null, user));
  const app = express();
  app.use(session({ secret: 'of the session', resave: false, saveUninitialized: false }));
  app.use(passports.session());
  app.get('/login', passports.authenticate('openidconnect'));
  app.get(
    '/callback',
    passports.authenticate('openidconnect', { failureRedirect: '/failed', failureMessage: true, successRedirect: '/' }),
  );
  app.get('/', (request, response) => {
    response.json(request.user ?? null);
  });
  app.get('/failed', (request, response) => {
    response.json((request.session as { messages?: string[] }).messages ?? null);
  });
  serve(app);
  const logout = new URL(`${domain.url}/oauth2/v1/userlogout`);
  logout.searchParams.set('post_logout_redirect_uri', `${url}/bye`);
  logout.searchParams.set('client_id', registered.id);
  return { url, logout: logout.href };
}

async function journey(domain: Domain, { url, logout }: Application): Promise<void> {
  const page = await newPage();
  await page.goto(`${url}/login`);
  await signIn(page, domain, `${url}/`);
  const profile = JSON.parse(await page.locator('body').innerText());
  expect(profile).toMatchObject({
    id: domain.userName,
    displayName: 'Jane Doe',
    name: { familyName: 'Doe', givenName: 'Jane' },
    emails: [{ value: domain.userName }],
  });
  // The session of the domain still lasts: a second login asks nothing.
  await page.goto(`${url}/login`);
  await arrive(page, `${url}/`);
  // The library keeps no id token and has no logout: an application sends the browser to the domain's.
  await page.goto(logout);
  await page.goto(`${url}/login`);
  await page.locator('input[name=password]').waitFor();
}

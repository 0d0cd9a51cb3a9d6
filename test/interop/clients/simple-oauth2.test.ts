import { AuthorizationCode, ClientCredentials } from 'simple-oauth2';
import { describe, expect, test } from 'vitest';
import { newPage } from '../support/browser.ts';
import { callback } from '../support/callback.ts';
import { newDomain } from '../support/domain.ts';

// Plain OAuth 2 has no issuer and no keys: both modes are the same to it.
describe.each(['strict', 'default'] as const)('%s mode', (mode) => {
  test('client credentials', async () => {
    const domain = await newDomain(mode);
    const client = new ClientCredentials(
      options(domain.url, await domain.registerClient({ allowedGrants: ['client_credentials'] })),
    );
    const granted = await client.getToken({ scope: 'urn:opc:idm:__myscopes__' });
    expect(granted.token).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
    expect(granted.expired()).toBe(false);
  });

  test('code and refresh', async () => {
    const domain = await newDomain(mode);
    const returned = await callback();
    const registered = await domain.registerClient({ redirectUris: [returned.redirectUri] });
    const { client: credentials, auth } = options(domain.url, registered);
    const client = new AuthorizationCode({
      client: credentials,
      auth: {
        ...auth,
        authorizePath: `${domain.url}/oauth2/v1/authorize`,
        revokePath: `${domain.url}/oauth2/v1/revoke`,
      },
    });
    const authorization = client.authorizeURL({
      redirect_uri: returned.redirectUri,
      scope: 'openid offline_access',
      state: 'here',
    });
    const answer = await returned.signIn(await newPage(), domain, authorization);
    expect(answer.searchParams.get('state')).toBe('here');
    const granted = await client.getToken({
      code: answer.searchParams.get('code')!,
      redirect_uri: returned.redirectUri,
    });
    const refreshed = await granted.refresh();
    expect(refreshed.token['access_token']).not.toBe(granted.token['access_token']);
    await refreshed.revokeAll();
    await expect(refreshed.refresh()).rejects.toThrow(/400|401/);
  });
});

function options(url: string, { id, secret }: { id: string; secret: string }) {
  return {
    client: { id, secret },
    auth: { tokenHost: url, tokenPath: `${url}/oauth2/v1/token` },
  };
}

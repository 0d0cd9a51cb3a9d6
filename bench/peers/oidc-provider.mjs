// oidc-provider with one client, client_credentials, RS256 JWT access tokens.
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

const { privateKey } = await generateKeyPair('RS256', { extractable: true });
const jwk = { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'k1' };
const provider = new Provider('http://127.0.0.1', {
  clients: [
    {
      client_id: 'idcs-admin',
      client_secret: 'idcs-emulator-secret',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    },
  ],
  jwks: { keys: [jwk] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:bench',
      getResourceServerInfo: () => ({
        scope: 'urn:opc:idm:__myscopes__',
        audience: 'urn:bench',
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
});
const server = createServer(provider.callback());
server.listen(0, '127.0.0.1', () => console.log(`peer at http://127.0.0.1:${server.address().port}`));

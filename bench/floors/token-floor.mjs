// The least that a token endpoint can cost: Fastify, a form, one RS256 signature by jose with claims of the same size; with an
// identity token beside the access token, two.
import formbody from '@fastify/formbody';
import Fastify from 'fastify';
import { generateKeyPair, SignJWT } from 'jose';

const { privateKey } = await generateKeyPair('RS256');
const app = Fastify();
await app.register(formbody);
const roles = ['Authenticated Client', 'Identity Domain Administrator'];
app.post('/oauth2/v1/token', async (request) => {
  return { access_token: await newToken(request.body.scope), token_type: 'Bearer', expires_in: 3600 };
});
app.post('/two', async (request) => {
  const { scope } = request.body;
  return {
    access_token: await newToken(scope),
    token_type: 'Bearer',
    expires_in: 3600,
    id_token: await newToken(scope),
  };
});

function newToken(scope) {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    sub: 'idcs-admin',
    sub_type: 'client',
    tok_type: 'AT',
    client_id: 'idcs-admin',
    client_name: 'Bootstrap client',
    tenant: 'idcs-0123456789abcdef0123456789abcdef',
    'user.tenant.name': 'idcs-0123456789abcdef0123456789abcdef',
    scope: String(scope).repeat(20),
    clientAppRoles: roles,
    jti: String(now),
    iss: 'https://identity.oraclecloud.com/',
    aud: ['http://127.0.0.1:8080', 'urn:opc:lbaas:logicalguid=idcs-0123456789abcdef0123456789abcdef'],
    iat: now,
    exp: now + 3600,
  })
    .setProtectedHeader({ alg: 'RS256', kid: 'SIGNING_KEY' })
    .sign(privateKey);
}
console.log(`floor at ${await app.listen({ port: 0, host: '127.0.0.1' })}`);

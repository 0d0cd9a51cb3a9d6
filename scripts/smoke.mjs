// npm run smoke: starts what was built (dist/), as a user would, and asks one question of each part. The tests run the source;
// this is for what only a build can break: bundling, data files, packages loaded late.
import assert from 'node:assert/strict';
import { startEmulator } from 'idcs-emulator';

const emulator = await startEmulator({ port: 0, tlsPort: 0, dataDir: ':memory:' });
const send = async (method, path, { body, token, form } = {}) => {
  const answer = await fetch(`${emulator.url}${path}`, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(form ? { authorization: `Basic ${Buffer.from('idcs-admin:idcs-emulator-secret').toString('base64')}` } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : form ? { body: new URLSearchParams(form) } : {}),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
};

assert.equal((await send('GET', '/_emulator/health')).body.status, 'ok');
const granted = await send('POST', '/oauth2/v1/token', {
  form: {
    grant_type: 'password',
    username: 'admin@example.com',
    password: 'Idcs-Emulator-2026',
    scope: 'urn:opc:idm:__myscopes__',
  },
});
assert.equal(granted.status, 200);
const token = granted.body.access_token;
const user = await send('POST', '/admin/v1/Users', {
  token,
  body: {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName: 'smoke@example.com',
    name: { givenName: 'Smoke', familyName: 'Test' },
    emails: [{ value: 'smoke@example.com', type: 'work', primary: true }],
  },
});
assert.equal(user.status, 201);
assert.equal((await send('GET', `/admin/v1/Users/${user.body.ocid}`, { token })).body.id, user.body.id);
assert.equal((await send('GET', '/admin/v1/SigningCert/jwk', { token })).body.keys.length, 1);
assert.equal((await send('GET', '/admin/v1/FeatureInfos', { token })).status, 501);
assert.equal((await send('GET', '/_emulator/domains')).body.domains.length, 1);
// The user was made without a password: one is invited to choose it.
assert.equal((await send('GET', '/_emulator/messages')).body.total, 1);
assert.equal((await emulator.inbox.list()).total, 1);
const alpha = await emulator.domain('alpha', { seeds: ['cncc'] });
await alpha.reset();
await alpha.delete();
assert.match(await (await fetch(`${emulator.url}/_emulator/ca.pem`)).text(), /BEGIN CERTIFICATE/);
await emulator.stop();
console.log('smoke: ok');

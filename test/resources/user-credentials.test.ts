import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { MY_SCOPES, newClient } from '../oauth/token/assertion-fixture.ts';
import { advanceClock } from '../support/domain-clock.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';
import { newUser } from '../support/new-user.ts';

/*
 * What all credentials of users share, for each type; what a type has of its own is in the tests of that type.
 */

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const SELF = `${IDCS}extension:selfChange:User`;
const CAPABILITIES = `${IDCS}extension:capabilities:User`;
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const PASSWORD = 'Correct-Horse-42';

interface Kind {
  readonly type: string;
  readonly my: string;
  readonly schema: string;
  readonly body: JsonObject;
  readonly secret: string;
  readonly form: RegExp;
  readonly capability: string;
  readonly most: number;
}

const KINDS: readonly Kind[] = [
  {
    type: 'AuthTokens',
    my: 'MyAuthTokens',
    schema: `${IDCS}authToken`,
    body: {},
    secret: 'token',
    form: /^[!-~]{20}$/,
    capability: 'canUseAuthTokens',
    most: 2,
  },
  {
    type: 'CustomerSecretKeys',
    my: 'MyCustomerSecretKeys',
    schema: `${IDCS}customerSecretKey`,
    body: { displayName: 'backup' },
    secret: 'secretKey',
    form: /^[A-Za-z0-9+/]{43}=$/,
    capability: 'canUseCustomerSecretKeys',
    most: 2,
  },
  {
    type: 'SmtpCredentials',
    my: 'MySmtpCredentials',
    schema: `${IDCS}smtpCredential`,
    body: {},
    secret: 'password',
    form: /^[!-~]{20}$/,
    capability: 'canUseSmtpCredentials',
    most: 2,
  },
  {
    type: 'OAuth2ClientCredentials',
    my: 'MyOAuth2ClientCredentials',
    schema: `${IDCS}oauth2ClientCredential`,
    body: { name: 'report', scopes: [{ audience: 'urn:opc:idm', scope: '__myscopes__' }] },
    secret: 'secret',
    form: /^[!-~]{20}$/,
    capability: 'canUseOAuth2ClientCredentials',
    most: 10,
  },
];

function kindOf(type: string): Kind {
  return KINDS.find((kind) => kind.type === type)!;
}

let domain: TestDomain;
let user: { id: string; ocid: string };

beforeEach(async () => {
  domain = await testDomain();
  user = await domain.createUser('jdoe@example.com');
});

const post = ({ type, schema, body }: Kind, more: JsonObject = {}, token?: string) =>
  domain.send('POST', `/admin/v1/${type}`, {
    body: { schemas: [schema], ...body, user: { value: user.id }, ...more },
    ...(token === undefined ? {} : { token }),
  });

const patch = (path: string, changes: JsonObject, token?: string) =>
  domain.send('PATCH', path, {
    body: {
      schemas: [PATCH_OP],
      Operations: Object.entries(changes).map(([name, value]) => ({ op: 'replace', path: name, value })),
    },
    ...(token === undefined ? {} : { token }),
  });

async function signIn(userName: string): Promise<{ id: string; token: string }> {
  const client = await newClient(domain, 'cli', { allowedGrants: ['password'] });
  const { id } = await newUser(domain, userName, PASSWORD);
  const form = { grant_type: 'password', username: userName, password: PASSWORD, scope: MY_SCOPES };
  return { id, token: (await domain.tokenRequest(form, client)).body.access_token };
}

describe.each(KINDS)('$type', (kind) => {
  const { type, my, schema, secret, form, capability, most } = kind;

  it('show their secret in the answer to the create, and never again', async () => {
    const made = await post(kind, { description: 'laptop', expiresOn: '2099-12-31T23:59:59Z' });
    expect(made.status, made.text).toBe(201);
    expect(made.body[secret]).toMatch(form);
    expect(made.body).toMatchObject({
      schemas: [schema],
      description: 'laptop',
      expiresOn: '2099-12-31T23:59:59.000Z',
      user: { value: user.id, ocid: user.ocid, display: 'Given Family', name: 'jdoe@example.com' },
    });
    expect(made.body.ocid).toMatch(/^ocid1\.credential\.oc1\.\./);
    expect(made.body.status).toBeUndefined();
    const { [secret]: shown, ...rest } = made.body;
    for (const query of ['', '?attributeSets=all', `?attributes=${secret}`]) {
      const read = await domain.send('GET', `/admin/v1/${type}/${made.body.id}${query}`);
      expect(read.text).not.toContain(JSON.stringify(shown).slice(1, -1));
      if (query === '') expect(read.body).toEqual(rest);
    }
    const listed = await domain.send('GET', `/admin/v1/${type}?filter=user.value eq "${user.id}"`);
    expect(listed.body.Resources).toEqual([rest]);
  });

  it('are found by their user, and changed in what they are called', async () => {
    const { id } = (await post(kind)).body;
    await post(kind, { user: { ocid: (await domain.createUser('other')).ocid } });
    const find = (filter: string) => domain.send('GET', `/admin/v1/${type}?filter=${encodeURIComponent(filter)}`);
    for (const filter of [`user.ocid eq "${user.ocid}"`, `user.value eq "${user.id}"`]) {
      expect((await find(filter)).body.Resources.map((row: { id: string }) => row.id)).toEqual([id]);
    }
    const path = `/admin/v1/${type}/${id}`;
    const changed = await patch(path, { description: 'new', status: 'INACTIVE' });
    expect(changed.body.description, changed.text).toBe('new');
    expect(changed.body[secret]).toBeUndefined();
    expect((await patch(path, { status: 'GONE' })).status).toBe(400);
    expect((await domain.send('PUT', path, { body: { schemas: [schema] } })).status).toBe(405);
    expect((await domain.send('DELETE', path)).status).toBe(204);
    expect((await domain.send('GET', path)).status).toBe(404);
  });

  it('expire on a day to come, which can not be moved', async () => {
    await advanceClock(domain, 600);
    const past = await post(kind, { expiresOn: new Date(Date.now() + 300_000).toISOString() });
    expect(past.status).toBe(400);
    expect(past.body.detail).toContain('must be in the future');
    const { id } = (await post(kind, { expiresOn: '2099-01-01T00:00:00Z' })).body;
    const moved = await patch(`/admin/v1/${type}/${id}`, { expiresOn: '2100-01-01T00:00:00Z' });
    expect(moved.status).toBe(400);
  });

  it('belong to a user that exists and may have them', async () => {
    expect((await post(kind, { user: null })).status).toBe(400);
    expect((await post(kind, { user: { value: 'nobody' } })).status).toBe(400);
    expect((await patch(`/admin/v1/Users/${user.id}`, { [`${CAPABILITIES}:${capability}`]: false })).status).toBe(200);
    const refused = await post(kind);
    expect(refused.status).toBe(400);
    expect(refused.body.detail).toContain(`${capability} is false`);
  });

  it('are so many a user at most, however many are sent at once', async () => {
    const answers = await Promise.all(Array.from({ length: most + 2 }, () => post(kind)));
    const made = answers.filter(({ status }) => status === 201);
    expect(made.length).toBe(most);
    const refused = answers.find(({ status }) => status === 400)!;
    expect(refused.body.detail).toContain(`maximum quota limit of ${most}`);
    await domain.send('DELETE', `/admin/v1/${type}/${made[0]!.body.id}`);
    expect((await post(kind)).status).toBe(201);
  });

  it('outlive the deactivation of their user, and go with the user', async () => {
    const path = `/admin/v1/${type}/${(await post(kind)).body.id}`;
    await patch(`/admin/v1/Users/${user.id}`, { active: false });
    expect((await domain.send('GET', path)).status).toBe(200);
    expect((await domain.send('DELETE', `/admin/v1/Users/${user.id}`)).status).toBe(204);
    expect((await domain.send('GET', path)).status).toBe(404);
  });

  it('are the user’s own to manage, by allowSelfChange and as My*', async () => {
    const me = await signIn('me@example.com');
    const mine = { user: { value: me.id } };
    const flag = { [SELF]: { allowSelfChange: true } };
    expect((await post(kind, mine, me.token)).status).toBe(401);
    expect((await post(kind, flag, me.token)).status).toBe(401);
    const made = await post(kind, { ...mine, ...flag }, me.token);
    expect(made.status, made.text).toBe(201);
    const path = `/admin/v1/${type}/${made.body.id}`;
    const changed = await patch(path, { description: 'mine', [`${SELF}:allowSelfChange`]: true }, me.token);
    expect(changed.status, changed.text).toBe(200);

    const own = await domain.send('POST', `/admin/v1/${my}`, {
      token: me.token,
      body: { schemas: [schema], ...kind.body },
    });
    expect(own.status, own.text).toBe(201);
    expect(own.body[secret]).toMatch(form);
    const list = await domain.send('GET', `/admin/v1/${my}`, { token: me.token });
    expect(list.body.totalResults).toBe(2);
    expect(list.text).not.toContain(JSON.stringify(own.body[secret]));
    expect(list.body.Resources[0].meta.resourceType).toBe(my.replace(/s$/, ''));
    expect((await domain.send('GET', `/admin/v1/${type}`, { token: me.token })).status).toBe(401);
    const away = await domain.send('DELETE', `${path}?allowSelfChange=true`, { token: me.token });
    expect(away.status).toBe(204);
  });
});

describe('CustomerSecretKeys', () => {
  it('have an access key that is shown again, and a user by id or by ocid', async () => {
    const kind = kindOf('CustomerSecretKeys');
    const { accessKey, id } = (await post(kind)).body;
    expect(accessKey).toMatch(/^[0-9a-f]{40}$/);
    expect((await domain.send('GET', `/admin/v1/CustomerSecretKeys/${id}`)).body.accessKey).toBe(accessKey);
    const long = await post(kind, { user: { value: user.ocid } });
    expect(long.status).toBe(400);
    expect(long.text).toContain('error.common.validation.stringExceedsMaxLimit');
    expect((await post(kind, { user: { ocid: user.ocid } })).status).toBe(201);
  });
});

describe('SmtpCredentials', () => {
  it('have a user name made of the OCIDs of user and tenancy', async () => {
    const kind = kindOf('SmtpCredentials');
    const { userName, tenancyOcid } = (await post(kind)).body;
    expect(userName).toMatch(/^ocid1\.user\.oc1\.\.[a-z0-9]+@ocid1\.tenancy\.oc1\.\.[a-z0-9]+\.[a-z]{2}\.com$/);
    expect(userName.startsWith(`${user.ocid}@${tenancyOcid}.`)).toBe(true);
    const found = await domain.send('GET', `/admin/v1/SmtpCredentials?filter=userName eq "${userName}"`);
    expect(found.body.totalResults).toBe(1);
  });
});

describe('OAuth2ClientCredentials', () => {
  it('get a new secret by isResetSecret, shown in that answer alone', async () => {
    const { id, secret } = (await post(kindOf('OAuth2ClientCredentials'))).body;
    const path = `/admin/v1/OAuth2ClientCredentials/${id}`;
    const reset = await patch(path, { isResetSecret: true });
    expect(reset.status, reset.text).toBe(200);
    expect(reset.body.secret).toMatch(/^[!-~]{20}$/);
    expect(reset.body.secret).not.toBe(secret);
    expect(reset.body.isResetSecret).toBeUndefined();
    expect((await patch(path, { isResetSecret: false, name: 'other' })).body).not.toHaveProperty('secret');
    expect((await domain.send('GET', path)).body).toMatchObject({ name: 'other', scopes: [{ scope: '__myscopes__' }] });
  });

  it('need a name and at most ten scopes', async () => {
    const kind = kindOf('OAuth2ClientCredentials');
    const scopes = Array.from({ length: 11 }, (_, index) => ({ audience: 'urn:opc:idm', scope: `s${index}` }));
    const many = await post(kind, { scopes });
    expect(many.status).toBe(400);
    expect(many.body.detail).toContain('10 values, not 11');
    const bare = await post(kind, { name: null, scopes: null });
    expect(bare.body.detail).toBe('Missing required attribute(s): name,scopes.');
  });
});

describe('a user', () => {
  it('shows references to the credentials, when asked', async () => {
    const path = `/admin/v1/Users/${user.id}`;
    const extension = `${IDCS}extension:userCredentials:User`;
    const { id, ocid } = (await post(kindOf('AuthTokens'))).body;
    const smtp = (await post(kindOf('SmtpCredentials'))).body;
    const shown = await domain.send('GET', `${path}?attributes=${extension}:authTokens,${extension}:smtpCredentials`);
    expect(shown.body[extension], shown.text).toEqual({
      authTokens: [{ value: id, ocid, $ref: `${domain.url}/admin/v1/AuthTokens/${id}` }],
      smtpCredentials: [{ value: smtp.id, ocid: smtp.ocid, $ref: `${domain.url}/admin/v1/SmtpCredentials/${smtp.id}` }],
    });
    expect((await domain.send('GET', path)).body[extension]).toBeUndefined();
  });
});

import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { resourceType, resourceTypeNames } from '../../src/schemas/registry.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import type { ResourceType } from '../../src/scim/schema.ts';
import { certifiedKey } from '../support/certificates.ts';
import { type Answer, type TestDomain, testDomain } from '../support/emulator.ts';
import { CONFIGURATIONS, type Plan, plansFor } from '../support/terraform-plan.ts';

/*
 * As Terraform's provider for OCI works: what it wrote it expects to read, by `attributeSets=all`, at every plan; a default that comes
 * between two reads, or an attribute that gets lost, is a difference that never ends. Every change is a PUT of everything; a type
 * without PUT is deleted and made anew.
 */

/** Resources of Terraform's provider: `oci_identity_domains_` and these. */
const MANAGED =
  `account_recovery_setting api_key app app_role approval_workflow approval_workflow_assignment approval_workflow_step
  auth_token authentication_factor_setting cloud_gate cloud_gate_mapping cloud_gate_server condition customer_secret_key
  dynamic_resource_group grant group identity_proofing_provider identity_proofing_provider_template identity_propagation_trust
  identity_provider identity_setting kmsi_setting mapped_attribute my_api_key my_auth_token my_customer_secret_key
  my_oauth2client_credential my_request my_smtp_credential my_support_account my_user_db_credential network_perimeter
  notification_setting oauth2client_credential oauth_client_certificate oauth_partner_certificate password_policy policy rule
  security_question security_question_setting self_registration_profile setting smtp_credential social_identity_provider user
  user_db_credential`.split(/\s+/);

/** The emulator's name of the type: Terraform's are snake case, and singular throughout. */
function typeOf(terraform: string): string {
  const plain = terraform.replaceAll('_', '');
  const found = resourceTypeNames().find((name) => [plain, `${plain}s`].includes(name.toLowerCase()));
  if (found === undefined) throw new Error(`no type is ${terraform}`);
  return found;
}

const WRITTEN = resourceTypeNames()
  .map(resourceType)
  .filter(({ operations, storedAs, name }) => storedAs === name && operations.has('create') && operations.has('put'))
  .filter(({ operations }) => operations.has('delete'));
const TYPES = [...new Set([...MANAGED.map(typeOf), ...WRITTEN.map(({ name }) => name)])].sort();

let domain: TestDomain;
/** A user's with all rights: the My* types are a user's own. */
let token: string;
let planOf: (type: ResourceType) => Promise<Plan>;

beforeAll(async () => {
  domain = await testDomain();
  const asked = { userName: 'admin@example.com', scope: 'urn:opc:idm:__myscopes__' };
  token = (await domain.send('POST', '/_emulator/tokens', { body: asked, token: null })).body.access_token;
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const constants = new Map([
    ['publicKey', publicKey.export({ type: 'spki', format: 'pem' }).toString()],
    ['certificate', (await certifiedKey()).pem],
    ['caller', (await send('GET', '/admin/v1/Me')).body.id],
  ]);
  planOf = plansFor({ constants, create });
});

const send = (method: string, where: string, body?: JsonObject) =>
  domain.send(method, where, { token, ...(body === undefined ? {} : { body }) });

const path = (type: ResourceType, id = '') => `/admin/v1${type.endpoint}${id === '' ? '' : `/${id}`}?attributeSets=all`;

async function create(type: ResourceType, body: JsonObject): Promise<JsonObject> {
  const made = await send('POST', path(type), body);
  expect(made.status, `${made.text} for ${JSON.stringify(body)}`).toBe(201);
  return made.body;
}

async function read(type: ResourceType, id: string): Promise<JsonObject> {
  const answer: Answer = await send('GET', path(type, id));
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

async function remove(type: ResourceType, id: string): Promise<void> {
  if (!type.operations.has('delete')) return;
  // A credential of one's own takes a confirmation.
  const gone = await send('DELETE', `/admin/v1${type.endpoint}/${id}?allowSelfChange=true`);
  expect(gone.status, gone.text).toBe(204);
  const after = await send('GET', path(type, id));
  // IDCS: certificates read as nothing.
  if (type.name.startsWith('OAuth') && type.name.endsWith('Certificate')) expect(after.body).toEqual({});
  else expect(after.status).toBe(404);
}

/** The part of a body that reads show. */
function readable(type: ResourceType, body: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(body).filter(([name]) => {
      const { returned, mutability } = type.core(name) ?? {};
      return name !== 'schemas' && returned !== 'never' && mutability !== 'writeOnly';
    }),
  );
}

/** PUTs everything twice, and reads what was written and nothing else. */
async function replace(type: ResourceType, id: string, first: JsonObject, changed: JsonObject): Promise<void> {
  for (const body of [changed, changed]) {
    const put = await send('PUT', path(type, id), body);
    expect(put.status, put.text).toBe(200);
    const after = await read(type, id);
    expect(after).toEqual(put.body);
    expect(after).toMatchObject({ id, ...readable(type, changed) });
    const written = (one: JsonObject) => Object.keys(one).filter((key) => type.core(key)?.mutability === 'readWrite');
    const { follows = [] } = CONFIGURATIONS[type.name]!;
    expect(written(after).sort()).toEqual([...written({ ...first, ...readable(type, changed) }), ...follows].sort());
  }
}

describe('a resource as Terraform keeps it', () => {
  it.each(TYPES.filter((name) => resourceType(name).operations.has('create')))('%s', async (name) => {
    const type = resourceType(name);
    const { required, all, changed } = await planOf(type);

    const small = await create(type, required);
    expect(await read(type, small['id'] as string)).toMatchObject(readable(type, required));
    await remove(type, small['id'] as string);

    const made = await create(type, all);
    const id = made['id'] as string;
    const first = await read(type, id);
    const once = CONFIGURATIONS[name]?.once ?? [];
    for (const secret of once) expect(made[secret]).toEqual(expect.any(String));
    expect(first).toEqual(Object.fromEntries(Object.entries(made).filter(([key]) => !once.includes(key))));
    expect(first).toMatchObject(readable(type, all));
    expect(await read(type, id)).toEqual(first);
    const listed = await send('GET', `${path(type)}&filter=${encodeURIComponent(`id eq "${id}"`)}`);
    expect(listed.body.Resources, listed.text).toEqual([first]);
    if (type.operations.has('put')) await replace(type, id, first, changed);
    await remove(type, id);
  });

  it.each(TYPES.filter((name) => !resourceType(name).operations.has('create')))('%s, which it adopts', async (name) => {
    const type = resourceType(name);
    const { existing } = CONFIGURATIONS[name]!;
    const { all, changed } = await planOf(type);
    const filter = existing === undefined ? '' : `&filter=${encodeURIComponent(existing)}`;
    const found = (await send('GET', `${path(type)}${filter}`)).body.Resources[0] as JsonObject;
    const id = found['id'] as string;
    const { meta: _, idcsCreatedBy: __, idcsLastModifiedBy: ___, ...kept } = found;
    for (const body of [{ ...kept, ...all }, changed]) {
      await replace(type, id, { ...found, ...readable(type, body) }, { ...kept, ...body });
    }
  });
});

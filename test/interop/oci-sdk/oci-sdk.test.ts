import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Domain, newDomain } from '../support/domain.ts';
import { ACTIONS, CHANGES, type Change, CREATES, IDS, type Prepared, prepare } from './arguments.ts';
import { requiredValues, type SchemaAttribute, type Schemas, schemasOf, undeclared } from './declared.ts';
import { operationTable } from './operation-table.ts';
import { type SdkOperation, sdkOperations, type Verb } from './operations.ts';
import { newApiKeyUser, type Outcome, RefusedCall, SdkSession, type Wire } from './sdk-session.ts';

/*
 * Every operation of Oracle's SDK, called by its own client with a user's API key. What answers 501 stands in not-built.json.
 */

const PAGE = new URL('../../../docs/oci-sdk.md', import.meta.url);
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

const operations = sdkOperations();
const endpoints = [...new Set(operations.map(({ endpoint }) => endpoint))];

let domain: Domain;
let session: SdkSession;
let schemas: Schemas;
let schemaOf: ReadonlyMap<string, string>;
let prepared: Prepared;

beforeAll(async () => {
  domain = await newDomain('default');
  const user = await newApiKeyUser(domain, 'ada@example.com');
  session = new SdkSession(domain.url, user);
  schemas = schemasOf((await domain.admin('GET', '/Schemas?count=1000')).Resources);
  const types: Wire[] = (await domain.admin('GET', '/ResourceTypes?count=1000')).Resources;
  schemaOf = new Map(types.map(({ endpoint, schema }) => [endpoint.slice(1), schema]));
  const other = new SdkSession(domain.url, await newApiKeyUser(domain, 'bob@example.com'));
  prepared = await prepare(domain, inject('servers').default.url, user, call, (endpoint, verb, given) =>
    other.call(only(endpoint, verb)!, given),
  );
  other.close();
});
afterAll(() => session?.close());

const only = (endpoint: string, verb: Verb): SdkOperation | undefined =>
  operations.find((each) => each.endpoint === endpoint && each.verb === verb);

/** Calls it; what comes back has to be declared. @returns null when it is not built, or there is no such operation */
async function call(
  endpoint: string,
  verb: Verb,
  given: Parameters<SdkSession['call']>[1] = {},
): Promise<Outcome | null> {
  const operation = only(endpoint, verb);
  if (operation === undefined) return null;
  const outcome = await session.call(operation, given);
  const resources: Wire[] = outcome?.body === undefined ? [] : (outcome.body.Resources ?? [outcome.body]);
  const strange = resources.flatMap((resource) => (resource.id === undefined ? [] : undeclared(schemas, resource)));
  expect(strange, `${operation.name} answers what no schema declares`).toEqual([]);
  return outcome;
}

function attributesOf(endpoint: string): readonly SchemaAttribute[] {
  return schemas.get((schemaOf.get(endpoint) ?? '').toLowerCase()) ?? [];
}

/** What a read must show of what was written. */
function readable(endpoint: string, body: Wire): Wire {
  const hidden = attributesOf(endpoint).filter(
    ({ returned, mutability }) => returned === 'never' || mutability === 'writeOnly',
  );
  return Object.fromEntries(
    Object.entries(body).filter(([key]) => key !== 'schemas' && !hidden.some(({ name }) => name === key)),
  );
}

function changeOf(endpoint: string, verb: 'put' | 'patch'): Change {
  const listed = CHANGES[endpoint];
  if (listed !== undefined) return listed;
  const path = ['description', 'displayName', 'name'].find((each) =>
    attributesOf(endpoint).some(({ name, mutability }) => name === each && mutability === 'readWrite'),
  );
  return { path: path ?? 'description', value: `${endpoint} after ${verb}` };
}

describe("Oracle's SDK for TypeScript", () => {
  it('has 330 operations', () => {
    expect(operations).toHaveLength(330);
  });

  it.each(endpoints.filter((endpoint) => !(endpoint in ACTIONS)))('%s: all operations', async (endpoint) => {
    const body: Wire = {
      schemas: [schemaOf.get(endpoint)],
      ...requiredValues(attributesOf(endpoint)),
      ...CREATES[endpoint]?.(prepared),
    };
    const created = await call(endpoint, 'create', { body, attributeSets: ['all'] });
    if (created !== null) expect(created.status).toBe(201);
    const found = created === null ? await call(endpoint, 'list') : null;
    const id: string = created?.body.id ?? IDS[endpoint] ?? found?.body.Resources[0]?.id ?? 'none';
    const isOne = created === null ? {} : { filter: `id eq "${id}"` };

    const listed = await call(endpoint, 'list', { ...isOne, attributeSets: ['all'] });
    if (created !== null && listed !== null) expect(listed.body.Resources.map((row: Wire) => row.id)).toContain(id);
    const search = { schemas: [SEARCH], startIndex: 1, count: 5, ...isOne };
    const searched = await call(endpoint, 'search', { body: search });
    if (created !== null && searched !== null) expect(searched.body.Resources).toMatchObject([{ id }]);
    if (id === 'none' && listed !== null) expectNothingMore(endpoint);

    const read = await call(endpoint, 'get', { id, attributeSets: ['all'] });
    if (created !== null && read !== null) expect(read.body).toMatchObject({ id, ...readable(endpoint, body) });

    const before = created === null ? (read?.body ?? body) : body;
    for (const verb of ['put', 'patch'] as const) {
      const { path, value, shows = { [path]: value }, ends } = changeOf(endpoint, verb);
      const Operations = [{ op: 'replace', path, value }];
      const sent = verb === 'put' ? { ...before, [path]: value } : { schemas: [PATCH_OP], Operations };
      const changed = await call(endpoint, verb, { id, body: sent, attributeSets: ['all'] });
      if (changed === null) continue;
      expect(changed.body).toMatchObject({ id, ...shows });
      if (ends) {
        await expectGone(endpoint, id);
        continue;
      }
      const after = await call(endpoint, 'get', { id, attributeSets: ['all'] });
      expect(after?.body).toMatchObject({ id, ...shows });
    }
    const deleted = await call(endpoint, 'delete', { id });
    if (deleted !== null) {
      expect(deleted.status).toBe(204);
      await expectGone(endpoint, id);
    }
  });

  it.each(Object.keys(ACTIONS))('%s: acts', async (endpoint) => {
    await ACTIONS[endpoint]!(prepared, (verb, given) => call(endpoint, verb, given));
  });

  it('pages through a list by opc-next-page, and writes by version', async () => {
    const seen: string[] = [];
    let page: string | undefined;
    do {
      const { response }: Outcome = (await call('Users', 'list', {
        limit: 2,
        ...(page === undefined ? {} : { page }),
      }))!;
      seen.push(...response.users.resources.map((user: Wire) => user.id));
      page = response.opcNextPage || undefined;
    } while (page !== undefined);
    const all = (await call('Users', 'list', { count: 1000 }))!.response.users;
    expect(seen).toHaveLength(all.totalResults);
    expect(new Set(seen)).toEqual(new Set(all.resources.map((user: Wire) => user.id)));

    const id = prepared.groupId;
    // The SDK hands on the etag of a write only; meta.version is the same.
    const { version } = (await call('Groups', 'get', { id }))!.response.group.meta;
    const rename = (value: string) => ({
      id,
      ifMatch: version,
      body: { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'displayName', value }] },
    });
    expect((await call('Groups', 'patch', rename('Renamed')))?.status).toBe(200);
    await expect(call('Groups', 'patch', rename('Renamed again'))).rejects.toMatchObject({ status: 412 });
  });

  it('had every operation called; what answered 501 is listed', async () => {
    const { statuses } = session;
    expect(operations.map(({ name }) => name).filter((name) => !statuses.has(name))).toEqual([]);
    const notBuilt = operations.map(({ name }) => name).filter((name) => statuses.get(name) === 501);
    await expect(`${JSON.stringify(notBuilt, null, 2)}\n`).toMatchFileSnapshot('not-built.json');
    const page = await readFile(PAGE, 'utf8');
    const [before, rest] = page.split('<!-- operations -->\n');
    const after = rest?.split('<!-- /operations -->')[1];
    const table = operationTable(operations, statuses);
    process.stdout.write(`${table}\n`);
    const now = `${before}<!-- operations -->\n\n${table}\n<!-- /operations -->${after}`;
    await expect(now).toMatchFileSnapshot('../../../docs/oci-sdk.md');
  });
});

async function expectGone(endpoint: string, id: string): Promise<void> {
  const operation = only(endpoint, 'get')!;
  // IDCS: the SDK's own tests read an empty object after the DELETE of an OAuth certificate.
  if (endpoint.startsWith('OAuth') && endpoint.endsWith('Certificates')) {
    expect((await session.call(operation, { id }))?.body).toEqual({});
    return;
  }
  const refusal = await session.call(operation, { id }).catch((error) => error);
  expect(refusal).toBeInstanceOf(RefusedCall);
  expect(refusal.status).toBe(404);
}

/** Of what there is none, only the list can be called. */
function expectNothingMore(endpoint: string): void {
  const others = (['get', 'put', 'patch', 'delete'] as const).map((verb) => only(endpoint, verb)?.name);
  expect(
    others.filter((name) => name !== undefined),
    'nothing was prepared for them',
  ).toEqual([]);
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { addSchemaDirectory, resourceTypeNames } from '../../src/schemas/registry.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { testDomain } from '../support/emulator.ts';

/*
 * A type that nobody has heard of, as two data files in a directory of its own: what attribute rules alone give, over HTTP.
 */

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:Toaster';
const TOAST = 'urn:ietf:params:scim:schemas:oracle:idcs:Toast';
const directory = mkdtempSync(join(tmpdir(), 'made-up-type-'));
mkdirSync(join(directory, 'overlays'));
const readOnly = { mutability: 'readOnly', idcsSearchable: true };
const COMMON = [
  { name: 'id', type: 'string', returned: 'always', uniqueness: 'global', ...readOnly },
  { name: 'schemas', type: 'string', multiValued: true, required: true },
  {
    name: 'meta',
    type: 'complex',
    ...readOnly,
    subAttributes: [
      { name: 'resourceType', type: 'string', ...readOnly },
      { name: 'created', type: 'dateTime', ...readOnly },
      { name: 'lastModified', type: 'dateTime', ...readOnly },
      { name: 'location', type: 'string', ...readOnly },
      { name: 'version', type: 'string', ...readOnly },
    ],
  },
];
const referenceTo = (name: string, target: string) => ({
  name,
  type: 'complex',
  idcsSearchable: true,
  subAttributes: [
    { name: 'value', type: 'string', required: true, idcsSearchable: true },
    { name: 'display', type: 'string', mutability: 'readOnly' },
    { name: '$ref', type: 'reference', mutability: 'readOnly', referenceTypes: [target] },
  ],
});
// Indented, and the name last: not as the converter writes, so that the files are read whole.
const define = (name: string, schema: string, own: object[], overlay: object) => {
  const operations = ['list', 'search', 'create', 'get', 'put', 'patch', 'delete'];
  const type = { attributes: [...COMMON, ...own], operations, kind: 'collection', schema, endpoint: `/${name}s`, name };
  writeFileSync(join(directory, `${name}.json`), JSON.stringify(type, null, 2));
  writeFileSync(join(directory, 'overlays', `${name}.json`), JSON.stringify(overlay));
};
define(
  'Toaster',
  SCHEMA,
  [
    { name: 'name', type: 'string', required: true, uniqueness: 'server', idcsSearchable: true },
    { name: 'slots', type: 'integer', minimum: 1, maximum: 8, idcsSearchable: true },
    { name: 'colour', type: 'string', canonicalValues: ['chrome', 'black'], idcsSearchable: true },
    referenceTo('owner', 'User'),
  ],
  { defaults: { colour: 'chrome' } },
);
define('Toast', TOAST, [referenceTo('toaster', 'Toaster')], { partOf: ['toaster'] });
addSchemaDirectory(pathToFileURL(`${directory}/`));
afterAll(() => rmSync(directory, { recursive: true }));

describe('a made-up resource type', () => {
  it('needs a data file and no code', async () => {
    expect(resourceTypeNames()).toEqual(expect.arrayContaining(['Toaster', 'User']));
    const domain = await testDomain();
    const body = { schemas: [SCHEMA], name: 'Dawn', slots: 2 };
    const created = await domain.send('POST', '/admin/v1/Toasters', { body });
    expect(created.status, created.text).toBe(201);
    expect(created.body).toMatchObject({ ...body, colour: 'chrome', meta: { resourceType: 'Toaster' } });
    const at = `/admin/v1/Toasters/${created.body.id}`;
    expect((await domain.send('GET', at)).body).toEqual(created.body);

    const found = await domain.send(
      'GET',
      '/admin/v1/Toasters?filter=slots%20ge%202%20and%20colour%20eq%20%22chrome%22',
    );
    expect(found.body).toMatchObject({ totalResults: 1, Resources: [{ name: 'Dawn' }] });
    const replaced = await domain.send('PUT', at, { body: { ...body, colour: 'black' } });
    expect(replaced.body).toMatchObject({ id: created.body.id, colour: 'black' });
    const patch = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path: 'slots', value: 4 }],
    };
    expect((await domain.send('PATCH', at, { body: patch })).body).toMatchObject({ slots: 4, colour: 'black' });

    for (const [wrong, status, named] of [
      [{ ...body }, 409, 'name'],
      [{ ...body, name: 'Dusk', colour: 'pink' }, 400, 'colour'],
      [{ ...body, name: 'Dusk', slots: 9 }, 400, 'slots'],
      [{ schemas: [SCHEMA] }, 400, 'name'],
    ] as [JsonObject, number, string][]) {
      const refused = await domain.send('POST', '/admin/v1/Toasters', { body: wrong });
      expect(refused.status, refused.text).toBe(status);
      expect(refused.body.detail).toContain(named);
    }
    expect((await domain.send('DELETE', at)).status).toBe(204);
    expect((await domain.send('GET', at)).status).toBe(404);
  });

  it('has references that must exist, and parts that go with it', async () => {
    const domain = await testDomain();
    const post = (endpoint: string, body: JsonObject) => domain.send('POST', `/admin/v1/${endpoint}`, { body });
    const dangling = await post('Toasters', { schemas: [SCHEMA], name: 'Dawn', owner: { value: 'nobody' } });
    expect(dangling.status).toBe(400);
    expect(dangling.body.detail).toContain('owner');

    const user = await domain.createUser('jdoe');
    const toaster = await post('Toasters', { schemas: [SCHEMA], name: 'Dawn', owner: { value: user.id } });
    expect(toaster.body.owner).toEqual({
      value: user.id,
      display: 'Given Family',
      $ref: `${domain.url}/admin/v1/Users/${user.id}`,
    });
    const toast = await post('Toasts', { schemas: [TOAST], toaster: { value: toaster.body.id } });
    expect(toast.body.toaster.$ref).toBe(`${domain.url}/admin/v1/Toasters/${toaster.body.id}`);

    const refused = await domain.send('DELETE', `/admin/v1/Users/${user.id}`);
    expect(refused.status).toBe(400);
    expect(refused.body.detail).toContain('currently referenced by Toaster Dawn');
    expect((await domain.send('DELETE', `/admin/v1/Users/${user.id}?forceDelete=true`)).status).toBe(204);
    const at = `/admin/v1/Toasters/${toaster.body.id}`;
    expect((await domain.send('GET', at)).body).not.toHaveProperty('owner');
    expect((await domain.send('DELETE', at)).status).toBe(204);
    expect((await domain.send('GET', `/admin/v1/Toasts/${toast.body.id}`)).status).toBe(404);
  });

  it('can only be added before types are asked for', () => {
    resourceTypeNames();
    expect(() => addSchemaDirectory(pathToFileURL(`${directory}/`))).toThrow('read already');
  });
});

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
const directory = mkdtempSync(join(tmpdir(), 'made-up-type-'));
mkdirSync(join(directory, 'overlays'));
const row = { mutability: 'readOnly', idcsSearchable: true };
writeFileSync(
  join(directory, 'Toaster.json'),
  // Indented: not as the converter writes, so that the file is read whole.
  JSON.stringify(
    {
      attributes: [
        { name: 'id', type: 'string', returned: 'always', uniqueness: 'global', ...row },
        { name: 'schemas', type: 'string', multiValued: true, required: true },
        {
          name: 'meta',
          type: 'complex',
          ...row,
          subAttributes: [
            { name: 'resourceType', type: 'string', ...row },
            { name: 'created', type: 'dateTime', ...row },
            { name: 'lastModified', type: 'dateTime', ...row },
            { name: 'location', type: 'string', ...row },
            { name: 'version', type: 'string', ...row },
          ],
        },
        { name: 'name', type: 'string', required: true, uniqueness: 'server', idcsSearchable: true },
        { name: 'slots', type: 'integer', minimum: 1, maximum: 8, idcsSearchable: true },
        { name: 'colour', type: 'string', canonicalValues: ['chrome', 'black'], idcsSearchable: true },
      ],
      operations: ['list', 'search', 'create', 'get', 'put', 'patch', 'delete'],
      kind: 'collection',
      schema: SCHEMA,
      endpoint: '/Toasters',
      name: 'Toaster',
    },
    null,
    2,
  ),
);
writeFileSync(join(directory, 'overlays', 'Toaster.json'), JSON.stringify({ defaults: { colour: 'chrome' } }));
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

  it('can only be added before types are asked for', () => {
    resourceTypeNames();
    expect(() => addSchemaDirectory(pathToFileURL(`${directory}/`))).toThrow('read already');
  });
});

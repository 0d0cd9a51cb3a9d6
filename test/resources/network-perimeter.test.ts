import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { PolicyWorld, written } from './policy-world.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:NetworkPerimeter';

let world: PolicyWorld;

beforeAll(async () => {
  world = await PolicyWorld.make();
});

const post = (name: string, ...ipAddresses: JsonObject[]) => world.post('NetworkPerimeter', { name, ipAddresses });

describe('NetworkPerimeters', () => {
  it('are read as they were written, replaced, changed and deleted', async () => {
    const body = {
      schemas: [SCHEMA],
      name: 'name',
      description: 'text',
      externalId: 'n-1',
      ipAddresses: [{ value: '192.0.2.0-192.0.2.255', type: 'RANGE', version: 'IPV4' }],
    };
    const made = await world.post('NetworkPerimeter', body);
    expect(made.status, made.text).toBe(201);
    expect(written(made)).toEqual(body);
    const path = `NetworkPerimeters/${made.body.id}`;
    expect(written(await world.get(path))).toEqual(body);
    const exact = { value: 'FE80:0000:0000:0000:0202:B3FF:FE1E:8329', type: 'EXACT', version: 'IPV6' };
    const put = await world.put('NetworkPerimeter', made.body.id, { ...body, ipAddresses: [exact] });
    expect(put.body.ipAddresses).toEqual([exact]);
    const cidr = { value: '10.0.0.0/8', type: 'CIDR', version: 'IPV4' };
    const added = await world.patch(path, { op: 'add', path: 'ipAddresses', value: [cidr] });
    expect(added.body.ipAddresses).toEqual([exact, cidr]);
    const six = await world.get('NetworkPerimeters?filter=ipAddresses[version eq "IPV6"]');
    expect(six.body.totalResults).toBe(1);
    const removal = { op: 'remove', path: `ipAddresses[value eq "${cidr.value}"]` };
    expect((await world.patch(path, removal)).body.ipAddresses).toEqual([exact]);
    expect((await world.delete(path)).status).toBe(204);
    expect((await world.get(path)).status).toBe(404);
  });

  it('tell type and version from the value', async () => {
    const made = await post('derived', { value: '192.0.2.1' }, { value: '2001:db8::/32' }, { value: '::1-::2' });
    expect(made.body.ipAddresses).toEqual([
      { value: '192.0.2.1', type: 'EXACT', version: 'IPV4' },
      { value: '2001:db8::/32', type: 'CIDR', version: 'IPV6' },
      { value: '::1-::2', type: 'RANGE', version: 'IPV6' },
    ]);
  });

  it.each([
    [{ value: '192.0.2.300' }, 'ipAddresses.value'],
    [{ value: '192.0.2.0/40' }, 'ipAddresses.value'],
    [{ value: '192.0.2.9-192.0.2.1' }, 'ipAddresses.value'],
    [{ value: '192.0.2.1-::1' }, 'ipAddresses.value'],
    [{ value: 'intranet' }, 'ipAddresses.value'],
    [{ value: '192.0.2.1', type: 'CIDR' }, 'ipAddresses.type'],
    [{ value: '192.0.2.0/24', type: 'EXACT' }, 'ipAddresses.type'],
    [{ value: '192.0.2.1', version: 'IPV6' }, 'ipAddresses.version'],
    [{ value: '192.0.2.1', version: 'IPV5' }, 'ipAddresses.version'],
    [{ value: '192.0.2.1', type: 'SUBNET' }, 'ipAddresses.type'],
    [{ type: 'EXACT', version: 'IPV4' }, 'ipAddresses.value'],
  ])('do not contain %j', async (address, named) => {
    const answer = await post('bad', address);
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toContain(named);
  });

  it('have addresses, each once, and a name of their own in any case', async () => {
    expect((await post('empty')).status).toBe(400);
    expect((await post('twice', { value: '192.0.2.1' }, { value: '192.0.2.1' })).status).toBe(400);
    expect((await post('Office', { value: '192.0.2.1' })).status).toBe(201);
    expect((await post('OFFICE', { value: '192.0.2.2' })).status).toBe(409);
  });

  it('are not deleted while an application or a condition has them', async () => {
    const [office, home] = [await post('office 2', { value: '192.0.2.1' }), await post('home', { value: '192.0.2.2' })];
    const app = await world.app({ appsNetworkPerimeters: [{ value: office.body.id }] });
    expect(app.body.appsNetworkPerimeters, app.text).toEqual([
      { value: office.body.id, $ref: `${world.domain.url}/admin/v1/NetworkPerimeters/${office.body.id}` },
    ]);
    expect((await world.app({ appsNetworkPerimeters: [{ value: 'nothing' }] })).status).toBe(400);
    const refusal = await world.delete(`NetworkPerimeters/${office.body.id}`);
    expect(refusal.status).toBe(400);
    expect(refusal.body.detail).toContain('App ');
    const call = { attributeName: 'subject.ip', attributeValue: `#inIPRange("${home.body.id}")` };
    const condition = await world.condition({ name: 'at home', ...call });
    const path = `NetworkPerimeters/${home.body.id}`;
    const refused = await world.delete(path);
    expect(refused.status).toBe(400);
    expect(refused.body.detail).toContain('Condition at home');
    await world.patch(`Conditions/${condition}`, { op: 'replace', path: 'attributeValue', value: '#inIPRange(home)' });
    expect((await world.delete(path)).status).toBe(400);
    await world.patch(`Conditions/${condition}`, {
      op: 'replace',
      path: 'attributeValue',
      value: '#inIPRange("homestead")',
    });
    expect((await world.delete(path)).status).toBe(204);
    expect((await world.delete(`NetworkPerimeters/${office.body.id}?forceDelete=true`)).status).toBe(204);
    expect((await world.get(`Apps/${app.body.id}`)).body).not.toHaveProperty('appsNetworkPerimeters');
  });
});

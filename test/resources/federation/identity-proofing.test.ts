import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/scim/json.ts';
import { type TestDomain, testDomain } from '../../support/emulator.ts';

const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const TEMPLATES = '/admin/v1/IdentityProofingProviderTemplates';
const PROVIDERS = '/admin/v1/IdentityProofingProviders';

function createTemplate(domain: TestDomain, more: JsonObject = {}) {
  const body = {
    schemas: [`${SCHEMA}IdentityProofingProviderTemplate`],
    provider: 'Proof',
    verificationUrl: 'https://proof.example/verify',
    serviceType: ['document'],
    configuration: [
      { name: 'clientId', type: 'string', sensitivity: false },
      { name: 'clientSecret', type: 'string', sensitivity: true },
    ],
    ...more,
  };
  return domain.send('POST', TEMPLATES, { body });
}

function createProvider(domain: TestDomain, more: JsonObject = {}) {
  const body = {
    schemas: [`${SCHEMA}IdentityProofingProvider`],
    name: 'Mine',
    provider: 'Proof',
    status: 'ACTIVE',
    configuration: [
      { name: 'clientId', value: 'id' },
      { name: 'clientSecret', value: 'secret' },
    ],
    claimMapping: [
      { verifiableClaim: 'given_name', attrMatch: 'exact' },
      { verifiableClaim: 'birthdate', attrMatch: 'exact' },
    ],
    ...more,
  };
  return domain.send('POST', PROVIDERS, { body });
}

describe('identity proofing', () => {
  it('makes a provider after a template, reads it back and changes it', async () => {
    const domain = await testDomain();
    const template = await createTemplate(domain);
    expect(template.status, template.text).toBe(201);
    const made = await createProvider(domain);
    expect(made.status, made.text).toBe(201);
    expect(made.body.configuration).toEqual([
      { name: 'clientId', value: 'id' },
      { name: 'clientSecret', value: 'secret' },
    ]);
    const path = `${PROVIDERS}/${made.body.id}`;
    expect((await domain.send('GET', path)).body).toEqual(made.body);
    const put = await domain.send('PUT', path, {
      body: { ...made.body, status: 'INACTIVE' },
    });
    expect(put.body, put.text).toMatchObject({
      id: made.body.id,
      status: 'INACTIVE',
      configuration: made.body.configuration,
    });
    const changed = await domain.send('PUT', path, {
      body: { ...made.body, configuration: [{ name: 'clientId', value: 'new' }] },
    });
    expect([changed.status, changed.body.detail]).toEqual([400, expect.stringContaining('configuration')]);
    expect((await domain.send('GET', `${PROVIDERS}?filter=provider eq "Proof"`)).body.totalResults).toBe(1);
    const kept = await domain.send('DELETE', `${TEMPLATES}/${template.body.id}`);
    expect([kept.status, kept.body.detail]).toEqual([400, expect.stringContaining('IdentityProofingProvider Mine')]);
    expect((await domain.send('DELETE', path)).status).toBe(204);
    expect((await domain.send('DELETE', `${TEMPLATES}/${template.body.id}`)).status).toBe(204);
  });

  it.each<[string, JsonObject, number]>([
    ['a template that is not there', { provider: 'Other' }, 400],
    ['a configuration that the template does not list', { configuration: [{ name: 'extra', value: 'x' }] }, 400],
    ['a configuration that lacks a part', { configuration: [{ name: 'clientId', value: 'x' }] }, 400],
    ['no claims', { claimMapping: [] }, 400],
    ['a name that is taken', {}, 409],
  ])('refuses %s', async (_name, more, status) => {
    const domain = await testDomain();
    await createTemplate(domain);
    if (status === 409) await createProvider(domain);
    expect((await createProvider(domain, more)).status).toBe(status);
  });

  it('answers the claims that its providers map', async () => {
    const domain = await testDomain();
    await createTemplate(domain);
    await createProvider(domain);
    const ask = (oidcProvider: string) =>
      domain.send('POST', '/admin/v1/VerificationClaims', {
        body: { schemas: [`${SCHEMA}VerificationClaim`], oidcProvider },
      });
    const { status, body } = await ask('Proof');
    expect([status, body.verifiableClaims]).toEqual([201, ['given_name', 'birthdate']]);
    expect((await ask('Other')).status).toBe(400);
    expect((await domain.send('GET', '/admin/v1/VerificationClaims')).status).toBe(405);
  });

  it('is for administrators', async () => {
    const domain = await testDomain();
    for (const path of [TEMPLATES, PROVIDERS]) {
      expect((await domain.send('GET', path, { token: null })).status).toBe(401);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { resourceType } from '../../src/schemas/registry.ts';
import { checkConditions } from '../../src/scim/conditional-requirements.ts';
import type { JsonObject } from '../../src/scim/json.ts';

const provider = resourceType('IdentityProvider');
const grant = resourceType('Grant');
const X509 = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:x509:IdentityProvider';
const static_ = { jitUserProvGroupStaticListEnabled: true };

const refusal = (type: typeof provider, data: JsonObject, before: JsonObject | null = null) => {
  try {
    checkConditions(type, data, before);
    return null;
  } catch (error) {
    return error;
  }
};

describe('what is required under a condition', () => {
  it('must be there while the condition holds, and is named', () => {
    expect(refusal(provider, {})).toBeNull();
    expect(refusal(provider, { jitUserProvGroupStaticListEnabled: false })).toBeNull();
    expect(refusal(provider, { ...static_, jitUserProvAssignedGroups: [{ value: 'x' }] })).toBeNull();
    for (const data of [static_, { ...static_, jitUserProvAssignedGroups: [] }]) {
      expect(refusal(provider, data)).toMatchObject({
        status: 400,
        message: 'Missing required attribute(s): jitUserProvAssignedGroups.',
      });
    }
  });

  it('can be attributes of an extension', () => {
    const data = { type: 'X509', [X509]: { certMatchAttribute: 'cn' } };
    const message = `Missing required attribute(s): ${X509}:userMatchAttribute,${X509}:signingCertificateChain.`;
    expect(refusal(provider, data)).toMatchObject({ status: 400, message });
  });

  it('is not asked of a change when it was missing before', () => {
    expect(refusal(provider, { ...static_, description: 'new' }, static_)).toBeNull();
    expect(refusal(provider, static_, {})).not.toBeNull();
  });
});

describe('a choice', () => {
  it('takes exactly one', () => {
    const app = { value: 'a' };
    expect(refusal(grant, { app })).toBeNull();
    expect(refusal(grant, { appEntitlementCollection: app })).toBeNull();
    for (const data of [{}, { app, appEntitlementCollection: app }]) {
      expect(refusal(grant, data)).toMatchObject({
        status: 400,
        message: 'Exactly one of Grant.app and Grant.appEntitlementCollection must be given.',
      });
    }
    expect(refusal(grant, {}, {})).toBeNull();
  });
});

import { expect } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import type { Answer, TestDomain } from '../support/emulator.ts';

/*
 * The steps about applications that flows have in common.
 */

// biome-ignore lint/suspicious/noExplicitAny: answers are read by path
export type Body = any;

export const MY_SCOPES = 'urn:opc:idm:__myscopes__';

/** The answer's body, when it has this status. */
export async function ok(status: number, answer: Promise<Answer>): Promise<Body> {
  const { body, text, status: came } = await answer;
  expect(came, text).toBe(status);
  return body;
}

/** A PATCH body. */
export function patch(...Operations: JsonObject[]): JsonObject {
  return { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations };
}

export function newApp(domain: TestDomain, displayName: string, more: JsonObject): Promise<Body> {
  const schemas = ['urn:ietf:params:scim:schemas:oracle:idcs:App'];
  const body = { schemas, displayName, basedOnTemplate: { value: 'CustomWebAppTemplateId' }, ...more };
  return ok(201, domain.send('POST', '/admin/v1/Apps', { body }));
}

/** A confidential client for client credentials; inactive, as a new App is, unless `more` says otherwise. */
export function newClient(domain: TestDomain, displayName: string, more: JsonObject = {}): Promise<Body> {
  return newApp(domain, displayName, {
    isOAuthClient: true,
    clientType: 'confidential',
    allowedGrants: ['client_credentials'],
    ...more,
  });
}

export function activate(domain: TestDomain, appId: string): Promise<Body> {
  const body = patch({ op: 'replace', path: 'active', value: true });
  return ok(200, domain.send('PATCH', `/admin/v1/Apps/${appId}`, { body }));
}

export async function list(domain: TestDomain, endpoint: string, filter: string): Promise<Body[]> {
  const path = `/admin/v1/${endpoint}?filter=${encodeURIComponent(filter)}`;
  return (await ok(200, domain.send('GET', path))).Resources;
}

/** Grants one of the domain's own AppRoles to a client (flows.md B1, steps 1 and 3). */
export async function grantDomainRole(domain: TestDomain, appId: string, displayName: string): Promise<Body> {
  const [role] = await list(domain, 'AppRoles', `app.value eq "IDCSAppId" and displayName eq "${displayName}"`);
  const body = {
    schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:Grant'],
    grantee: { type: 'App', value: appId },
    app: { value: 'IDCSAppId' },
    entitlement: { attributeName: 'appRoles', attributeValue: role.id },
    grantMechanism: 'ADMINISTRATOR_TO_APP',
  };
  return ok(201, domain.send('POST', '/admin/v1/Grants', { body }));
}

export function clientToken(domain: TestDomain, app: Body, scope = MY_SCOPES): Promise<Answer> {
  const form = { grant_type: 'client_credentials', scope };
  return domain.tokenRequest(form, { id: app.name, secret: app.clientSecret });
}

/** What provisioning connectors send as their Bearer token (scim.md §2). */
export function connectorToken(app: Body): string {
  return Buffer.from(`${app.name}:${app.clientSecret}`).toString('base64');
}

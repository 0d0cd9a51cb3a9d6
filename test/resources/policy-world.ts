import { expect } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { type Answer, type TestDomain, testDomain } from '../support/emulator.ts';

/*
 * Conditions, groups of them, rules and policies of a test's own domain, with the requests that all their tests make.
 */

const URN = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

let count = 0;

/** A domain, and shorthands for its policies. */
export class PolicyWorld {
  readonly domain: TestDomain;

  private constructor(domain: TestDomain) {
    this.domain = domain;
  }

  static async make(): Promise<PolicyWorld> {
    return new PolicyWorld(await testDomain());
  }

  /** The same for a domain that is there. */
  static of(domain: TestDomain): PolicyWorld {
    return new PolicyWorld(domain);
  }

  /** POST of a type, its schema filled in. @param endpoint last segment of the path */
  post(type: string, body: JsonObject, endpoint = `${type}s`): Promise<Answer> {
    return this.domain.send('POST', `/admin/v1/${endpoint}`, { body: { schemas: [`${URN}${type}`], ...body } });
  }

  put(type: string, id: string, body: JsonObject, endpoint = `${type}s`): Promise<Answer> {
    return this.domain.send('PUT', `/admin/v1/${endpoint}/${id}`, { body: { schemas: [`${URN}${type}`], ...body } });
  }

  patch(path: string, ...Operations: JsonObject[]): Promise<Answer> {
    return this.domain.send('PATCH', `/admin/v1/${path}`, { body: { schemas: [PATCH_OP], Operations } });
  }

  get(path: string): Promise<Answer> {
    return this.domain.send('GET', `/admin/v1/${path}`);
  }

  delete(path: string): Promise<Answer> {
    return this.domain.send('DELETE', `/admin/v1/${path}`);
  }

  async condition(changes: JsonObject = {}): Promise<string> {
    count++;
    const body = { name: `condition ${count}`, attributeName: 'user.userName', operator: 'eq', attributeValue: 'jane' };
    return made(await this.post('Condition', { ...body, ...changes }));
  }

  async group(...conditions: JsonObject[]): Promise<string> {
    count++;
    return made(await this.post('ConditionGroup', { name: `group ${count}`, operator: 'and', conditions }));
  }

  async rule(changes: JsonObject = {}): Promise<string> {
    return made(await this.post('Rule', this.ruleBody(changes)));
  }

  ruleBody(changes: JsonObject = {}): JsonObject {
    count++;
    return {
      name: `rule ${count}`,
      policyType: { value: 'SignOn' },
      conditionGroup: { value: 'AlwaysTrueCondition', type: 'Condition' },
      return: [{ name: 'effect', value: 'ALLOW' }],
      ...changes,
    };
  }

  async policy(changes: JsonObject = {}): Promise<string> {
    count++;
    const body = { name: `policy ${count}`, policyType: { value: 'SignOn' } };
    return made(await this.post('Policy', { ...body, ...changes }, 'Policies'));
  }

  async app(changes: JsonObject = {}): Promise<Answer> {
    count++;
    const body = { displayName: `app ${count}`, basedOnTemplate: { value: 'CustomWebAppTemplateId' } };
    return this.post('App', { ...body, clientType: 'confidential', isOAuthClient: true, ...changes });
  }
}

function made(answer: Answer): string {
  expect(answer.status, answer.text).toBe(201);
  return answer.body.id;
}

/** What was read, without what the service adds. */
export function written({ body }: Answer): JsonObject {
  const { id, ocid, meta, idcsCreatedBy, idcsLastModifiedBy, domainOcid, compartmentOcid, tenancyOcid, ...rest } = body;
  return rest;
}

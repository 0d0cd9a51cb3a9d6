import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import { quote } from '../scim/validation-errors.ts';
import { danglingReference } from './pipeline/dangling-reference.ts';
import type { RequestContext } from './request-context.ts';

/*
 * webTierPolicyJson of an App: what a gateway in front of it protects. A text that holds JSON.
 * IDCS: flows.md B7: a filter of type `resource` names an AppResource by its id. It comes back as the resource's URL with the type
 * `text`, and with resourceRefId and resourceRefName. The type `regex` of a resource that is a pattern is inferred.
 */

const WEB_TIER = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:webTierPolicy:App';
/** Deeper than any gateway's policy; keeps a hostile one from the stack. The number is ours. */
const MAX_DEPTH = 30;

/**
 * Puts the URLs of AppResources into the policy, on its way to the store. Changes `data`.
 *
 * @param before the App as it stands; null on create
 * @throws ScimError 400 naming webTierPolicyJson
 */
export async function settleWebTierPolicy(
  context: RequestContext,
  appId: string,
  data: JsonObject,
  before: JsonObject | null,
): Promise<void> {
  const extension = data[WEB_TIER];
  const text = isObject(extension) ? extension['webTierPolicyJson'] : undefined;
  if (!isObject(extension) || typeof text !== 'string') return;
  const stored = before?.[WEB_TIER];
  if (isObject(stored) && stored['webTierPolicyJson'] === text) return;
  const policy = parsed(text);
  const filters = [...resourceFilters(policy, 0)];
  if (filters.length === 0) return;
  const keys = filters.map(({ filter }) => ({ type: 'AppResource', key: String(filter) }));
  const found = await context.store.resources.resolve(context.domain.id, keys);
  for (const filter of filters) {
    const id = String(filter['filter']);
    const resource = found.get(`AppResource:${id}`);
    if (resource === undefined) throw danglingReference(resourceType('App'), 'webTierPolicyJson', 'AppResource', id);
    const { app, resourceURL, isRegex, name } = resource.data;
    if (!isObject(app) || app['value'] !== appId) {
      throw badRequest(`App.webTierPolicyJson: AppResource ${resource.id} belongs to another App.`);
    }
    filter['filter'] = resourceURL!;
    filter['type'] = isRegex === true ? 'regex' : 'text';
    filter['resourceRefId'] = resource.id;
    if (name !== undefined) filter['resourceRefName'] = name;
  }
  data[WEB_TIER] = { ...extension, webTierPolicyJson: JSON.stringify(policy) };
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw badRequest(`App.webTierPolicyJson is no JSON: ${quote(text)}.`);
  }
}

function* resourceFilters(value: JsonValue, depth: number): Generator<JsonObject> {
  if (depth > MAX_DEPTH) throw badRequest(`App.webTierPolicyJson is nested deeper than ${MAX_DEPTH}.`);
  if (isObject(value) && value['type'] === 'resource' && typeof value['filter'] === 'string') yield value;
  if (value === null || typeof value !== 'object') return;
  for (const inside of Array.isArray(value) ? value : Object.values(value)) yield* resourceFilters(inside, depth + 1);
}

import { resourceType } from '../schemas/registry.ts';
import type { Filter } from '../scim/filter-ast.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { parseConditionValue } from './condition-value.ts';
import { MOST_NAMED, referenced } from './data-references.ts';
import type { RequestContext } from './request-context.ts';

const BATCH = 500;

/**
 * Refuses to delete a perimeter that Conditions name: `#inIPRange("<id>")`, by OCID or by name (main-0367) too.
 * @throws ScimError 400 naming the Conditions
 */
export async function refusePerimeterInConditions(
  context: RequestContext,
  session: StoreSession,
  perimeter: StoredResource,
): Promise<void> {
  const keys = [perimeter.id, perimeter.ocid, perimeter.data['name']].filter((key) => typeof key === 'string');
  const using: string[] = [];
  for await (const condition of conditionsWith(context, session, keys)) {
    if (callsOne(condition, keys)) using.push(String(condition.data['name']));
    if (using.length > MOST_NAMED) break;
  }
  if (using.length > 0) throw referenced(perimeter, 'Condition', using);
}

async function* conditionsWith(
  context: RequestContext,
  session: StoreSession,
  keys: readonly string[],
): AsyncGenerator<StoredResource> {
  const type = resourceType('Condition');
  const attribute = type.core('attributeValue')!;
  const has = (value: string): Filter => ({ op: 'co', attribute, value });
  const filter: Filter = { op: 'and', filters: [has('#inIPRange('), { op: 'or', filters: keys.map(has) }] };
  for (let offset = 0; ; offset += BATCH) {
    const query = { type, filter, sortBy: null, descending: false, offset, limit: BATCH };
    const { resources } = await session.resources.search(context.domain.id, query);
    yield* resources;
    if (resources.length < BATCH) return;
  }
}

function callsOne({ data }: StoredResource, keys: readonly string[]): boolean {
  const value = parseConditionValue(String(data['operator']), String(data['attributeValue']));
  return value.kind === 'call' && value.parameters.some((parameter) => keys.includes(parameter));
}

import { resourceType } from '../schemas/registry.ts';
import type { Filter } from '../scim/filter-ast.ts';
import { isObject, type JsonValue } from '../scim/json.ts';
import type { Behaviour, ComputedAttribute } from './behaviour.ts';
import { MOST_NAMED, referenced, releaseDataReferences } from './data-references.ts';
import { loadEdgeAttribute } from './edge-view.ts';

/*
 * Terms of use and their statements, one for each language. Which statements terms have is an edge, which both ends show and both may
 * write. IDCS: shapes.md §12, main-0504, main-0509.
 */

const KIND = 'termsOfUseStatement';
const BATCH = 500;

/** TermsOfUse: shows with each statement the language that it has now. */
export const termsOfUseBehaviour: Behaviour = {
  type: 'TermsOfUse',

  async beforeDelete(context, session, resource, force) {
    await releaseDataReferences(context, session, resource, force);
  },

  computed: { statements: { load: loadStatements }, apps: { load: loadApps } },
};

/** TermsOfUseStatement: one language's text. That terms keep their statements from being deleted is inferred from other references. */
export const termsOfUseStatementBehaviour: Behaviour = {
  type: 'TermsOfUseStatement',

  async beforeDelete(context, session, resource, force) {
    if (!force) {
      const page = { offset: 0, limit: MOST_NAMED + 1 };
      const query = { kind: KIND, end: 'target', ids: [resource.id], page } as const;
      const listed = (await session.edges.page(context.domain.id, query)).get(resource.id) ?? [];
      if (listed.length > 0) {
        throw referenced(
          resource,
          'TermsOfUse',
          listed.map(({ other }) => other.display ?? other.id),
        );
      }
    }
    await releaseDataReferences(context, session, resource, force);
  },
};

function loadStatements(...[context, session, resources, projection]: Parameters<ComputedAttribute['load']>) {
  const attribute = resourceType('TermsOfUse').core('statements')!;
  return loadEdgeAttribute(context, session, attribute, resources, projection, (element, { other }) => {
    if (other.data['locale'] !== undefined) element['locale'] = other.data['locale'];
  });
}

/** The Apps whose users have to agree to terms. */
async function loadApps(
  ...[context, session, resources]: Parameters<ComputedAttribute['load']>
): Promise<ReadonlyMap<string, JsonValue>> {
  const type = resourceType('App');
  const attribute = type.resolve('termsOfUse.value')!;
  const filter: Filter = { op: 'or', filters: resources.map(({ id }) => ({ op: 'eq', attribute, value: id })) };
  const apps = new Map<string, { value: string }[]>();
  for (let offset = 0; ; offset += BATCH) {
    const query = { type, filter, sortBy: null, descending: false, offset, limit: BATCH };
    const { resources: page } = await session.resources.search(context.domain.id, query);
    for (const { id, data } of page) {
      const terms = data['termsOfUse'];
      if (!isObject(terms)) continue;
      const of = String(terms['value']);
      apps.set(of, [...(apps.get(of) ?? []), { value: id }]);
    }
    if (page.length < BATCH) return apps;
  }
}

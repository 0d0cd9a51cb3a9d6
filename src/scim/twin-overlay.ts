import type { AttributeDefinition, ResourceTypeDefinition, ResourceTypeOverlay } from './schema.ts';

/** The owner of the rows of a twin that names none: credentials, devices and requests all have a `user`. */
const USER = 'user.value';

/**
 * The overlay of a twin: the plain type's, as far as it speaks of attributes that the twin has too, and the twin's own over it.
 * The plain type's additions and extensions are not taken over: a twin shows less. Nor is `partOf`: it has no rows.
 */
export function twinOverlay(
  definition: ResourceTypeDefinition,
  own: ResourceTypeOverlay,
  plain: ResourceTypeOverlay,
): ResourceTypeOverlay {
  const paths = pathsOf(definition, own);
  const { columns, edges, filterEdges, defaults, attributes, ...others } = plain;
  const { extensions: _, added: __, addedParts: ___, partOf: ____, ...rest } = others;
  const inherited: ResourceTypeOverlay = {
    ...rest,
    columns: Object.fromEntries(Object.entries(columns ?? {}).filter(([, path]) => paths.has(path))),
    edges: only(edges, paths),
    filterEdges: only(filterEdges, paths),
    defaults: only(defaults, paths),
    computed: (plain.computed ?? []).filter((path) => paths.has(path)),
    keptOnReplace: (plain.keptOnReplace ?? []).filter((path) => paths.has(path)),
    unlistedExtensions: (plain.unlistedExtensions ?? []).filter((urn) => paths.has(urn)),
  };
  return {
    callersOwn: USER,
    ...inherited,
    ...own,
    attributes: { ...only(attributes, paths), ...own.attributes },
  };
}

/** Canonical paths of all attributes, and the URNs of the extensions. */
function pathsOf(definition: ResourceTypeDefinition, { added, extensions }: ResourceTypeOverlay): ReadonlySet<string> {
  const paths = new Set<string>();
  const walk = (list: readonly AttributeDefinition[], prefix: string) => {
    for (const { name, subAttributes } of list) {
      paths.add(`${prefix}${name}`);
      walk(subAttributes ?? [], `${prefix}${name}.`);
    }
  };
  walk([...definition.attributes, ...(added ?? [])], '');
  for (const [urn, list] of Object.entries({ ...definition.extensions, ...extensions })) {
    paths.add(urn);
    walk(list, `${urn}:`);
  }
  return paths;
}

function only<T>(
  record: { readonly [path: string]: T } | undefined,
  paths: ReadonlySet<string>,
): { readonly [path: string]: T } {
  return Object.fromEntries(Object.entries(record ?? {}).filter(([path]) => paths.has(path)));
}

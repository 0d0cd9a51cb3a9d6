import { resourceType, resourceTypeNames } from '../../schemas/registry.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import { isOwnExtension } from '../../scim/own-extension.ts';
import type { Attribute, ResourceType } from '../../scim/schema.ts';
import type { Behaviour, ConstantResource } from '../behaviour.ts';
import { CUSTOM_USER_URN } from './custom-attributes.ts';
import { settleCustomSchema } from './custom-schema.ts';
import { schemaTree } from './schema-form.ts';

let constants: readonly ConstantResource[] | undefined;

/**
 * Schema: the attribute rules of every resource type and extension, as they are enforced (RFC 7643 §7, scim.md §13). One of
 * them, the schema of users' custom attributes, is a row of the domain and can be changed.
 */
export const schemaBehaviour: Behaviour = {
  type: 'Schema',

  async constants({ store, domain }) {
    constants ??= makeSchemas();
    const row = await store.resources.read(domain.id, 'Schema', CUSTOM_USER_URN);
    return row === null ? constants : [...constants, { id: row.id, data: row.data, row }];
  },

  async prepareUpdate(context, before, draft) {
    await settleCustomSchema(context, before, draft.data);
  },

  async afterWrite(context, session) {
    // Every process keeps the domain's type of users until the epoch moves.
    await session.domains.bumpEpoch(context.domain.id);
  },

  /** IDCS: scim.md §12: a pristine schema is a Schema, a customised one a TenantSchema. */
  present({ baseUrl }, { id }, data) {
    const { meta } = data;
    if (id !== CUSTOM_USER_URN || data['attributes'] === undefined || !isObject(meta)) return data;
    const location = `${baseUrl}/admin/v1/TenantSchemas/${id}`;
    return { ...data, meta: { ...meta, resourceType: 'TenantSchema', location } };
  },
};

interface Described {
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly resourceTypes: string[];
}

function makeSchemas(): ConstantResource[] {
  const schemas = new Map<string, Described>();
  const add = (urn: string, name: string, type: ResourceType, attributes: readonly Attribute[]) => {
    const known = schemas.get(urn);
    if (known !== undefined) known.resourceTypes.push(type.name);
    else schemas.set(urn, { name, attributes, resourceTypes: [type.name] });
  };
  for (const type of plainFirst()) {
    add(
      type.schema,
      type.name,
      type,
      type.attributes.filter(({ extension }) => extension === null),
    );
    for (const urn of type.extensions) {
      // Ours, for settings that the real service lacks: no client looks for them.
      if (!isOwnExtension(urn)) add(urn, extensionName(urn), type, type.extension(urn)!.attributes);
    }
  }
  return [...schemas].sort(([a], [b]) => (a < b ? -1 : 1)).map(([urn, described]) => toConstant(urn, described));
}

/** Twins share the schema of their plain type: it is described by the plain one. */
function plainFirst(): ResourceType[] {
  const types = resourceTypeNames().map(resourceType);
  const isTwin = (type: ResourceType) => Number(type.storedAs !== type.name || /^(?:Me|My[A-Z]\w*)$/.test(type.name));
  return types.sort((a, b) => isTwin(a) - isTwin(b));
}

function toConstant(id: string, { name, attributes, resourceTypes }: Described): ConstantResource {
  const data: JsonObject = {
    name,
    idcsResourceTypes: resourceTypes,
    idcsMappable: false,
    attributes: attributes.map(schemaTree),
  };
  return { id, data };
}

/** `userState:User` of `urn:…:idcs:extension:userState:User`. */
function extensionName(urn: string): string {
  return urn.split(':').slice(-2).join(':');
}

import { resourceType, resourceTypeNames } from '../../schemas/registry.ts';
import { isOwnExtension } from '../../scim/own-extension.ts';
import type { ResourceType } from '../../scim/schema.ts';
import type { Behaviour, ConstantResource } from '../behaviour.ts';

let constants: readonly ConstantResource[] | undefined;

/** ResourceType: what there is, with the schema and extensions of each (RFC 7643 §6). */
export const resourceTypeBehaviour: Behaviour = {
  type: 'ResourceType',
  constants() {
    constants ??= resourceTypeNames().map(resourceType).map(describe);
    return constants;
  },
};

function describe({ name, endpoint, schema, extensions }: ResourceType): ConstantResource {
  const listed = extensions.filter((urn) => !isOwnExtension(urn));
  const schemaExtensions = listed.map((urn) => ({ schema: urn, required: false }));
  return {
    id: name,
    data: { name, endpoint, schema, ...(schemaExtensions.length === 0 ? {} : { schemaExtensions }) },
  };
}

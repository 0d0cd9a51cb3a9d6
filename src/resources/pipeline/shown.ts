import { compileProjection } from '../../scim/compile-projection.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { Attribute, ResourceType } from '../../scim/schema.ts';
import type { Current } from '../../scim/validate.ts';
import type { StoredResource } from '../../store/store.ts';
import type { RequestContext } from '../request-context.ts';
import { toFace } from './face.ts';
import { attributesBeside, fullRepresentation } from './present.ts';

const EVERYTHING = { attributes: null, attributeSets: ['all'] };

/**
 * The current state, with those readOnly attributes loaded that live beside the row (`groups`, `appRoles` ...) and that a
 * body repeats.
 */
export async function currentOf(
  context: RequestContext,
  type: ResourceType,
  row: StoredResource,
  key: string,
  bodies: readonly JsonObject[],
): Promise<Current> {
  const repeated = attributesBeside(type).filter(
    (attribute) => attribute.mutability === 'readOnly' && bodies.some((body) => mentions(body, attribute)),
  );
  const paths = new Set(repeated.map((attribute) => attribute.path));
  const make = await fullRepresentation(context, type, row, compileProjection(type, EVERYTHING), paths, key);
  let shown: JsonObject | undefined;
  return {
    data: toFace(type, row.data),
    get shown() {
      shown ??= make();
      return shown;
    },
  };
}

function mentions(body: JsonObject, attribute: Attribute): boolean {
  const wanted = (attribute.extension ?? attribute.name).toLowerCase();
  return Object.keys(body).some((key) => key.toLowerCase().startsWith(wanted));
}

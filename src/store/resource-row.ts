import type { JsonObject } from '../scim/json.ts';
import type { StoredResource } from './store.ts';

/** The columns of a resource `r`, as `toStoredResource` reads them. JSON comes as text and is parsed once. */
export const RESOURCE_COLUMNS = 'r.id, r.ocid, r.seq, r.version, r.created_at, r.modified_at, r.data::text AS data';

/** The same with the never-returned state. */
export const RESOURCE_COLUMNS_WITH_SECRET = `${RESOURCE_COLUMNS}, r.secret::text AS secret`;

export interface ResourceRow {
  readonly id: string;
  readonly ocid: string | null;
  readonly seq: string;
  readonly version: string;
  readonly created_at: string;
  readonly modified_at: string;
  readonly data: string;
}

export interface ResourceRowWithSecret extends ResourceRow {
  readonly secret: string | null;
}

export function toStoredResource(type: string, row: ResourceRow): StoredResource {
  return {
    id: row.id,
    ocid: row.ocid,
    type,
    seq: Number(row.seq),
    version: row.version,
    created: Number(row.created_at),
    lastModified: Number(row.modified_at),
    data: JSON.parse(row.data) as JsonObject,
  };
}

export function withSecret(type: string, row: ResourceRowWithSecret): StoredResource & { secret: JsonObject | null } {
  return {
    ...toStoredResource(type, row),
    secret: row.secret === null ? null : (JSON.parse(row.secret) as JsonObject),
  };
}

/** JSON that is parsed when it is first read: the other end of an edge is often asked only for its id. */
export class LazyJson {
  readonly #text: string;
  #value: JsonObject | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  get value(): JsonObject {
    this.#value ??= JSON.parse(this.#text) as JsonObject;
    return this.#value;
  }
}

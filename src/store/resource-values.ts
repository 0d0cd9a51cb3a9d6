import type { JsonObject } from '../scim/json.ts';
import { promotedColumns, type UniqueKey, uniqueKeys } from './row-plan.ts';
import { searchDocument } from './search-document.ts';
import type { ResourceWrite } from './store.ts';

/** What one write puts into the columns of its row. */
export interface ResourceValues {
  readonly type: string;
  readonly id: string;
  readonly ocid: string | null;
  readonly version: string;
  readonly modifiedAt: number;
  readonly nameLc: string | null;
  readonly displayLc: string | null;
  readonly externalId: string | null;
  readonly active: boolean | null;
  readonly display: string | null;
  readonly data: string;
  readonly search: string;
  /** undefined: leave what is stored. */
  readonly secret: string | null | undefined;
  readonly keys: readonly UniqueKey[];
}

/** @throws ScimError 400 when an indexed value is too long */
export function resourceValues(domainId: number, write: ResourceWrite): ResourceValues {
  const columns = promotedColumns(write.type, write.data);
  return {
    type: write.type.name,
    id: write.id,
    ocid: write.ocid,
    version: write.version,
    modifiedAt: write.lastModified,
    nameLc: columns.name,
    displayLc: columns.display,
    externalId: columns.externalId,
    active: columns.active,
    display: columns.label,
    data: JSON.stringify(write.data),
    search: JSON.stringify(searchDocument(domainId, write.type, write.data)),
    secret: secretText(write.secret),
    keys: uniqueKeys(write.type, write.data),
  };
}

export function secretText(secret: JsonObject | null | undefined): string | null | undefined {
  return secret === null || secret === undefined ? secret : JSON.stringify(secret);
}

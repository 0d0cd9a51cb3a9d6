import { ScimError } from '../../scim/errors.ts';

/**
 * Checks an If-Match header against the version of a resource (RFC 7232 §3.1). Weak tags count like strong ones, because
 * SCIM clients send `W/"…"` (RFC 7644 §3.14); a bare version without quotes is accepted too, as SDKs hand over meta.version.
 *
 * @throws ScimError 412 when no tag of the list matches
 */
export function checkIfMatch(ifMatch: string | null, version: string, name: string): void {
  if (ifMatch === null) return;
  for (const part of ifMatch.split(',')) {
    const tag = part.trim().replace(/^W\//i, '');
    if (tag === '*') return;
    if ((tag.startsWith('"') && tag.endsWith('"') ? tag.slice(1, -1) : tag) === version) return;
  }
  throw changedMeanwhile(name);
}

/** 412: the resource is not in the version that the request names. */
export function changedMeanwhile(name: string): ScimError {
  return new ScimError(412, `${name} was changed meanwhile: its version does not match If-Match.`);
}

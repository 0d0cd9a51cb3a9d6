import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import { singletonBehaviour } from './singleton.ts';

/** IdentitySettings: rules about users and their own profiles. */
export const identitySettingsBehaviour = singletonBehaviour('IdentitySettings', async (_context, _before, { data }) => {
  for (const name of ['POSIXUid', 'POSIXGid']) checkRange(data, name);
});

/** Inferred: a range has its ends in order. */
function checkRange(data: JsonObject, name: string): void {
  const range = data[name];
  if (!isObject(range)) return;
  const { manualAssignmentStartsFrom: first, manualAssignmentEndsAt: last } = range;
  if (typeof first === 'number' && typeof last === 'number' && first > last) {
    throw badRequest(`IdentitySettings.${name}.manualAssignmentStartsFrom must not be after manualAssignmentEndsAt.`);
  }
}

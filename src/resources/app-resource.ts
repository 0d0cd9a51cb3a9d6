import { badRequest } from '../scim/errors.ts';
import type { JsonObject } from '../scim/json.ts';
import { quote } from '../scim/validation-errors.ts';
import type { Behaviour } from './behaviour.ts';

/** AppResource: an address of an enterprise application that its authorization policies speak of. It goes with its App. */
export const appResourceBehaviour: Behaviour = {
  type: 'AppResource',

  async prepareCreate(_context, { data }) {
    checkAddress(data);
  },

  async prepareUpdate(_context, _before, { data }) {
    checkAddress(data);
  },
};

/** @throws ScimError 400 for a pattern that is none; for an address that is neither a path nor a URL (inferred) */
function checkAddress({ resourceURL, isRegex }: JsonObject): void {
  const address = String(resourceURL);
  if (isRegex === true) {
    try {
      new RegExp(address, 'u');
      return;
    } catch {
      throw badRequest(`AppResource.resourceURL is no regular expression: ${quote(address)}.`);
    }
  }
  const isUrl = /^https?:\/\//i.test(address) && URL.canParse(address);
  if (/\s/.test(address) || !(isUrl || address.startsWith('/'))) {
    throw badRequest(`AppResource.resourceURL must be a path or an http or https URL: ${quote(address)}.`);
  }
}

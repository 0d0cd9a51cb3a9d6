import { badRequest } from '../../scim/errors.ts';
import type { Behaviour } from '../behaviour.ts';
import { requiredText } from '../required-value.ts';
import { authenticatorAnswer } from './answer.ts';
import { checkCredentials } from './check-credentials.ts';
import { findSubject } from './subject.ts';

/**
 * HTTPAuthenticator: whether the credentials of an HTTP Basic header are those of a user or an App.
 * IDCS: "Does the basic authentication for appid or user". What clients send (credType `authorization`, creds `Basic …`, appId,
 * includeMemberships) and read (userId, userLoginId, userDisplayName, mappingAttr …) is from clients in use; that it counts and
 * fails as PasswordAuthenticator does is inferred.
 */
export const httpAuthenticatorBehaviour: Behaviour = {
  type: 'HTTPAuthenticator',
  actions: {
    async create(context, draft, params) {
      const given = basicCredentials(requiredText(draft, 'creds'));
      const subject = await findSubject(context, { attribute: undefined, value: given.name, types: ['User', 'App'] });
      const checked = await checkCredentials(context, subject, given);
      return authenticatorAnswer(context, 'HTTPAuthenticator', checked, draft, params);
    },
  },
};

const BASIC = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i;
/** As PasswordAuthenticator's `mappingAttributeValue` and `password`. */
const LONGEST_NAME = 256;
const LONGEST_PASSWORD = 500;

/** RFC 7617 §2: `Basic` and the base64 of `name:password`, here in UTF-8. @throws ScimError 400 that names `creds` */
function basicCredentials(creds: string): { name: string; password: string } {
  const [, encoded] = BASIC.exec(creds) ?? [];
  const text = encoded === undefined ? null : utf8(Buffer.from(encoded, 'base64'));
  const colon = text?.indexOf(':') ?? -1;
  if (text === null || colon < 1)
    throw badRequest('creds must be Basic and the base64 of a name, a colon and a password.');
  const [name, password] = [text.slice(0, colon), text.slice(colon + 1)];
  if (name.length > LONGEST_NAME) throw badRequest(`creds must have a name of at most ${LONGEST_NAME} characters.`);
  if (password === '' || password.length > LONGEST_PASSWORD) {
    throw badRequest(`creds must have a password of 1 to ${LONGEST_PASSWORD} characters.`);
  }
  return { name, password };
}

function utf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

import { badRequest } from '../scim/errors.ts';
import { isObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { userCredential } from './user-credential.ts';

const DB_CREDENTIALS = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:dbCredentials:User';

/**
 * UserDbCredentials: the password by which a user signs in to databases. IDCS: `user` is its key, so there is one a user. The database's
 * own verifiers (mixedDbPassword, salt, mixedSalt) are not made: the password is kept as an argon2id hash and nobody is shown it.
 */
export const userDbCredentialsBehaviour = userCredential({
  type: 'UserDbCredentials',
  most: 1,
  capability: 'canUseDbCredentials',
  async make(context, draft, owner) {
    const name = databaseUserName(owner);
    const password = String(draft.transient.get('dbPassword'));
    checkPassword(password, name);
    draft.data['name'] = name;
    draft.data['lastSetDate'] = new Date(context.clock.now()).toISOString();
    draft.secret = { passwordHash: await context.passwords.hash(password) };
  },
  present({ clock }, _resource, data) {
    const { expiresOn } = data;
    data['expired'] = typeof expiresOn === 'string' && Date.parse(expiresOn) <= clock.now();
    return data;
  },
});

/** The name chosen for databases, else the user's own. */
function databaseUserName({ data }: StoredResource): string {
  const extension = data[DB_CREDENTIALS];
  const chosen = isObject(extension) ? extension['dbUserName'] : undefined;
  return String(chosen ?? data['userName']);
}

/** Inferred: the rules that Autonomous Database has for its own passwords; no source was found that gives those of IAM's. */
function checkPassword(password: string, userName: string): void {
  const length = Buffer.byteLength(password);
  if (length < 12 || length > 30) throw badRequest(`${FIELD} must have 12 to 30 bytes, not ${length}.`);
  for (const [kind, pattern] of REQUIRED) {
    if (!pattern.test(password)) throw badRequest(`${FIELD} must have at least one ${kind}.`);
  }
  if (password.includes('"')) throw badRequest(`${FIELD} must not have a double quote in it.`);
  if (password.toLowerCase().includes(userName.toLowerCase())) {
    throw badRequest(`${FIELD} must not have the user name in it.`);
  }
}

const FIELD = 'UserDbCredentials.dbPassword';
const REQUIRED: readonly (readonly [string, RegExp])[] = [
  ['upper-case letter', /\p{Lu}/u],
  ['lower-case letter', /\p{Ll}/u],
  ['digit', /\p{Nd}/u],
];

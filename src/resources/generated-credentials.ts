import { generatedLetters, generatedPassword, secretDigest } from './credential-text.ts';
import { userCredential } from './user-credential.ts';

/*
 * Credentials whose secret the service makes and shows once, in the answer to the create.
 * IDCS: OCI's documentation, "Managing User Credentials": two of each a user.
 */

/** AuthToken: a password for services that can't sign requests. */
export const authTokenBehaviour = userCredential({
  type: 'AuthToken',
  most: 2,
  capability: 'canUseAuthTokens',
  make({ ids }, draft) {
    const token = generatedPassword(ids);
    draft.once = { token };
    draft.secret = { tokenHash: secretDigest(token) };
  },
});

/** CustomerSecretKey: the two keys of Amazon's S3. The secret one signs, so it is sealed and not hashed. */
export const customerSecretKeyBehaviour = userCredential({
  type: 'CustomerSecretKey',
  most: 2,
  capability: 'canUseCustomerSecretKeys',
  make({ ids, secrets }, draft) {
    draft.data['accessKey'] = ids.bytes(20).toString('hex');
    const secretKey = ids.bytes(32).toString('base64');
    draft.once = { secretKey };
    draft.secret = { secretKeySealed: secrets.seal(secretKey) };
  },
});

/** SmtpCredential: user name and password for OCI's Email Delivery. */
export const smtpCredentialBehaviour = userCredential({
  type: 'SmtpCredential',
  most: 2,
  capability: 'canUseSmtpCredentials',
  make({ ids, domain }, draft, owner) {
    // IDCS: the form that OCI's Email Delivery shows: the user's OCID at the tenancy's, and a made-up domain name.
    draft.data['userName'] = `${owner.ocid ?? owner.id}@${domain.tenancyOcid}.${generatedLetters(ids, 2)}.com`;
    const password = generatedPassword(ids);
    draft.once = { password };
    draft.secret = { passwordHash: secretDigest(password) };
  },
});

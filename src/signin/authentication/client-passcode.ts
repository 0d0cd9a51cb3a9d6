import { constants, publicEncrypt } from 'node:crypto';
import { takeCode } from '../../factors/challenge.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import { malformed } from './authentication-error.ts';
import { type Machine, requestOf } from './authentication-services.ts';

/** SHA-1 thumbprints: 40 hex digits, as recorded, or base64url as in JWTs. */
const HEX = /^[0-9a-f]{40}$/i;

/**
 * A new passcode for a client that sends it to the user itself: nothing is sent from here.
 * IDCS: flows.md E, userFlowControlledByExternalClient: encrypted for the certificate with the thumbprint `x5t`, RSA-OAEP with SHA-1.
 * @throws RequestRefused 400 when neither the client nor a trusted partner has such a certificate
 */
export async function codeForClient(
  machine: Machine,
  user: StoredResource,
  requestId: string,
  { x5t }: { readonly x5t: string },
): Promise<JsonObject> {
  const { services, context } = machine;
  const thumbprint = HEX.test(x5t) ? Buffer.from(x5t, 'hex').toString('base64url') : x5t;
  const key = await services.certificateKey(context, context.client, thumbprint);
  if (key === null) {
    throw malformed(
      'The attribute x5t must be the SHA-1 thumbprint of a certificate of the client or of a trusted partner.',
    );
  }
  const code = await takeCode(requestOf(machine, user), user, requestId);
  const padding = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
  return { value: publicEncrypt(padding, Buffer.from(code)).toString('base64'), alg: 'RSAES-OAEP', x5t };
}

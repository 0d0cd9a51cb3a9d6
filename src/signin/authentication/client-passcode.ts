import { takeCode } from '../../factors/challenge.ts';
import { encryptedCode, thumbprintOf } from '../../factors/code-for-client.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import { malformed } from './authentication-error.ts';
import { type Machine, requestOf } from './authentication-services.ts';

/**
 * A new passcode for a client that sends it to the user itself: nothing is sent from here.
 * Encrypted for the certificate with the thumbprint `x5t`.
 * @throws RequestRefused 400 when neither the client nor a trusted partner has such a certificate
 */
export async function codeForClient(
  machine: Machine,
  user: StoredResource,
  requestId: string,
  { x5t }: { readonly x5t: string },
): Promise<JsonObject> {
  const { services, context } = machine;
  const key = await services.certificateKey(context, context.client, thumbprintOf(x5t));
  if (key === null) {
    throw malformed(
      'The attribute x5t must be the SHA-1 thumbprint of a certificate of the client or of a trusted partner.',
    );
  }
  return encryptedCode(key, await takeCode(requestOf(machine, user), user, requestId), x5t);
}

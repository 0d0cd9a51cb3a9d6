import type { JsonObject } from '../../scim/json.ts';
import { requireCertificate } from '../certificate-text.ts';
import { readSamlMetadata } from './saml-metadata.ts';

/**
 * Fills in what a partner's metadata says, where the request has no value of its own, and checks the partner's certificates. What
 * came from metadata follows when that changes; what was set otherwise stays.
 * IDCS: Terraform's tests give metadata and other values than it has beside it, and read back their own; that metadata fills in the
 * rest is inferred from the console's import of it.
 *
 * @param type for messages: `IdentityProvider`
 * @param data the resource, or the extension that has the attributes; changed in place
 * @param before the same as stored; null on create
 * @throws ScimError 400
 */
export async function settleSamlPartner(
  type: string,
  role: 'IDP' | 'SP',
  data: JsonObject,
  before: JsonObject | null,
): Promise<void> {
  const facts = await factsOf(type, role, data);
  const old = data['metadata'] === before?.['metadata'] ? facts : await factsOf(type, role, before ?? {});
  for (const [name, value] of Object.entries(facts)) {
    if (data[name] === undefined || data[name] === old[name]) data[name] = value;
  }
  for (const name of ['signingCertificate', 'encryptionCertificate']) {
    const certificate = data[name];
    if (certificate === undefined || certificate === before?.[name]) continue;
    requireCertificate(`${type}.${name}`, certificate);
  }
}

async function factsOf(type: string, role: 'IDP' | 'SP', { metadata }: JsonObject): Promise<JsonObject> {
  return typeof metadata === 'string' ? await readSamlMetadata(`${type}.metadata`, metadata, role) : {};
}

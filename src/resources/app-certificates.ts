import { newId } from '../ids.ts';
import { resourceType } from '../schemas/registry.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { equals } from './app-parts.ts';
import { MOST_NAMED, referenced } from './data-references.ts';
import { authorOf } from './pipeline/author.ts';
import { danglingReference } from './pipeline/dangling-reference.ts';
import type { RequestContext } from './request-context.ts';

/*
 * App.certificates: a client's certificates by alias. What else an element shows (`kid`, `x5t`, `sha1Thumbprint`) is read from
 * the OAuthClientCertificate, which never changes.
 */

const BATCH = 200;

/**
 * Completes the elements of `certificates` from the certificates that they name.
 * @throws ScimError 400 for an alias that no OAuthClientCertificate has
 */
export async function resolveCertificates(context: RequestContext, data: JsonObject): Promise<void> {
  const entries = data['certificates'];
  if (!Array.isArray(entries)) return;
  data['certificates'] = await Promise.all(entries.map((entry) => completed(context, entry)));
}

async function completed({ store, domain }: RequestContext, entry: JsonValue): Promise<JsonValue> {
  if (!isObject(entry) || typeof entry['certAlias'] !== 'string') return entry;
  const alias = entry['certAlias'];
  const found = await store.resources.readByName(domain.id, 'OAuthClientCertificate', alias);
  if (found === null) throw danglingReference(resourceType('App'), 'certificates', 'OAuthClientCertificate', alias);
  const { certificateAlias, sha1Thumbprint } = found.data;
  return {
    certAlias: certificateAlias!,
    kid: certificateAlias!,
    x5t: sha1Thumbprint!,
    sha1Thumbprint: sha1Thumbprint!,
  };
}

/** @throws ScimError 400 naming the Apps that use the certificate */
export async function refuseUsedAlias(
  context: RequestContext,
  session: StoreSession,
  certificate: StoredResource,
): Promise<void> {
  const apps = await appsWith(context, session, certificate, MOST_NAMED + 1);
  const named = { ...certificate, data: { name: certificate.data['certificateAlias']! } };
  if (apps.length > 0) {
    throw referenced(
      named,
      'App',
      apps.map(({ id, data }) => String(data['displayName'] ?? id)),
    );
  }
}

/** Takes a certificate out of the Apps that use it. */
export async function takeOutAlias(
  context: RequestContext,
  session: StoreSession,
  certificate: StoredResource,
): Promise<void> {
  const alias = aliasOf(certificate);
  for (;;) {
    const apps = await appsWith(context, session, certificate, BATCH);
    if (apps.length === 0) break;
    for (const app of apps) {
      const left = (app.data['certificates'] as JsonValue[]).filter((entry) => !names(entry, alias));
      const data: JsonObject = { ...app.data, certificates: left, idcsLastModifiedBy: authorOf(context) };
      if (left.length === 0) delete data['certificates'];
      const write = {
        type: resourceType('App'),
        id: app.id,
        ocid: app.ocid,
        version: newId(context.ids),
        lastModified: context.clock.now(),
        data,
      };
      // One that was changed meanwhile is found again, as it is now.
      await session.resources.update(context.domain.id, write, app.version);
    }
  }
  await session.domains.bumpEpoch(context.domain.id);
}

async function appsWith(
  context: RequestContext,
  session: StoreSession,
  certificate: StoredResource,
  limit: number,
): Promise<readonly StoredResource[]> {
  const filter = equals('App', 'certificates.certAlias', aliasOf(certificate));
  const query = { type: resourceType('App'), filter, sortBy: null, descending: false, offset: 0, limit };
  return (await session.resources.search(context.domain.id, query)).resources;
}

function aliasOf(certificate: StoredResource): string {
  return String(certificate.data['certificateAlias']);
}

function names(entry: JsonValue, alias: string): boolean {
  return isObject(entry) && String(entry['certAlias']).toLowerCase() === alias.toLowerCase();
}

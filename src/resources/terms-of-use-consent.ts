import type { Clock } from '../clock.ts';
import type { Domain } from '../domains/domain.ts';
import { type IdSource, newId } from '../ids.ts';
import { resourceType } from '../schemas/registry.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { Store, StoredResource, StoreSession } from '../store/store.ts';
import { equals } from './app-parts.ts';
import type { Behaviour } from './behaviour.ts';

/*
 * TermsOfUseConsents: which terms of use a user has agreed to, for which application. One row a user, terms and application; written
 * where users agree, read over SCIM. IDCS: the endpoint is in the AppRole tables; its attributes are inferred.
 */

const DAY = 86_400_000;

/** TermsOfUseConsent: administrators see all rows, others their own (a client those given to it). */
export const termsOfUseConsentBehaviour: Behaviour = {
  type: 'TermsOfUseConsent',
  owner: { User: 'user.value', App: 'app.value' },
};

/** Who agreed to what. */
export interface TermsAgreement {
  readonly userId: string;
  readonly appId: string;
  readonly termsOfUseId: string;
  /** The statement that the user was shown. */
  readonly statementId: string;
}

/** Whether a user need not be asked: has agreed to the terms for the App, and the agreement has not expired. */
export async function hasAgreed(
  session: Pick<StoreSession, 'resources'>,
  { domain, clock }: { readonly domain: Domain; readonly clock: Clock },
  agreement: Omit<TermsAgreement, 'statementId'>,
): Promise<boolean> {
  const row = await find(session, domain, agreement);
  if (row === null) return false;
  const { expiryDate } = row.data;
  return typeof expiryDate !== 'string' || clock.now() < Date.parse(expiryDate);
}

/**
 * Remembers that a user has agreed now; an earlier agreement to the same is replaced. It expires after TermsOfUse.expiryDays, 0: never.
 * @returns false when user, App, terms or statement are gone
 */
export async function rememberAgreement(
  { store, ids }: { readonly store: Store; readonly ids: IdSource },
  { domain, clock }: { readonly domain: Domain; readonly clock: Clock },
  agreement: TermsAgreement,
): Promise<boolean> {
  return store.transaction(async (session) => {
    // Held until the row is written: a delete meanwhile would leave it pointing to nothing. The user's lock also makes two
    // agreements of one user follow each other.
    const user = await held(session, domain, 'User', agreement.userId);
    const app = await held(session, domain, 'App', agreement.appId);
    const terms = await held(session, domain, 'TermsOfUse', agreement.termsOfUseId);
    const statement = await held(session, domain, 'TermsOfUseStatement', agreement.statementId);
    if (user === null || app === null || terms === null || statement === null) return false;
    const now = clock.now();
    const before = await find(session, domain, agreement);
    const author = authorOf(user);
    const days = Number(terms.data['expiryDays'] ?? 0);
    const data: JsonObject = {
      idcsCreatedBy: before?.data['idcsCreatedBy'] ?? author,
      idcsLastModifiedBy: { ...author },
      user: { value: user.id },
      app: { value: app.id },
      termsOfUse: { value: terms.id },
      termsOfUseStatement: { value: statement.id },
      locale: statement.data['locale'] ?? '',
      consentDate: new Date(now).toISOString(),
      ...(days > 0 ? { expiryDate: new Date(now + days * DAY).toISOString() } : {}),
    };
    const write = {
      type: resourceType('TermsOfUseConsent'),
      id: before?.id ?? newId(ids),
      ocid: null,
      version: newId(ids),
      lastModified: now,
      data,
    };
    if (before === null) await session.resources.insert(domain.id, write, now);
    else await session.resources.update(domain.id, write, null);
    return true;
  });
}

async function find(
  { resources }: Pick<StoreSession, 'resources'>,
  domain: Domain,
  { userId, appId, termsOfUseId }: Omit<TermsAgreement, 'statementId'>,
): Promise<StoredResource | null> {
  const type = resourceType('TermsOfUseConsent');
  const filters = [
    equals(type.name, 'user.value', userId),
    equals(type.name, 'app.value', appId),
    equals(type.name, 'termsOfUse.value', termsOfUseId),
  ];
  const query = { type, filter: { op: 'and', filters }, sortBy: null, descending: false, offset: 0, limit: 1 } as const;
  const found = await resources.search(domain.id, query);
  return found.resources[0] ?? null;
}

function held({ resources }: StoreSession, domain: Domain, type: string, id: string): Promise<StoredResource | null> {
  return resources.readWithSecret(domain.id, type, id, { lock: true });
}

/** The user who agrees is the author of the row. */
function authorOf({ id, ocid, data }: StoredResource): JsonObject {
  const name = isObject(data['name']) ? data['name']['formatted'] : undefined;
  const author: JsonObject = {
    type: 'User',
    value: id,
    display: data['displayName'] ?? name ?? data['userName'] ?? id,
  };
  return ocid === null ? author : { ...author, ocid };
}

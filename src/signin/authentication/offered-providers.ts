import type { RequestFacts } from '../../audit/request-facts.ts';
import { type AppWithPolicies, type DecisionContext, decide } from '../../policies/decide.ts';
import { resourceType } from '../../schemas/registry.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import type { DomainOfMachine } from './authentication-services.ts';

/** What is known before anybody has said who they are. */
export interface OfferingMachine extends DomainOfMachine {
  readonly context: Pick<DecisionContext, 'domain' | 'clock'> & { readonly request?: RequestFacts | undefined };
}

/** How somebody may say who they are. */
export interface OfferedProviders {
  /** The domain's own check of a password. */
  readonly password: boolean;
  /** Others, as the Authentication API shows them. */
  readonly others: readonly (JsonObject & { readonly idpId: string })[];
}

const MOST_PROVIDERS = 100;
/** IDCS: rulings.md: what the domain's own check is called where providers are listed. */
const LOCAL = 'UserNamePassword';

/**
 * The identity providers that a sign-in offers: what the identity provider policy of the App, or else the domain's, says.
 *
 * IDCS: main-0389 has the names that a rule returns, main-0396 the shipped rule (`localIDP` WithPassword); how they work together is
 * inferred. A rule that lists providers (`SamlIDPs`, `SocialIDPs`) offers those of them that are enabled; without lists those are offered
 * that are enabled and shown on the sign-in page. The password is offered with `localIDP`, with `UserNamePassword` among `LocalIDPs`,
 * and where no list says otherwise.
 *
 * @param app null: the domain itself
 */
export async function offeredProviders(
  { services, context }: OfferingMachine,
  app: AppWithPolicies | null,
): Promise<OfferedProviders> {
  const { store } = services;
  const { domain, clock, request } = context;
  const { obligations } = await decide(
    { store, domain, clock },
    { policy: { type: 'IdentityProvider' }, user: null, app, ip: request?.clientIp ?? null },
  );
  const lists = [idsIn(obligations['SamlIDPs']), idsIn(obligations['SocialIDPs'])].filter((ids) => ids !== null);
  const local = idsIn(obligations['LocalIDPs']);
  const named = lists.length === 0 ? null : new Set(lists.flat());
  const enabled = await enabledProviders({ services, context });
  const others = enabled.filter(({ id, data }) => (named === null ? data['shownOnLoginPage'] === true : named.has(id)));
  const silent = named === null && local === null;
  return {
    password: obligations['localIDP'] !== undefined || local?.includes(LOCAL) === true || silent,
    others: others.map(({ id, data }) => ({
      idpId: id,
      idpName: data['partnerName'] ?? id,
      // IDCS: authn-0001, flows.md E: Saml or Social.
      idpType: /social/i.test(String(data['type'])) ? 'Social' : 'Saml',
      ...(typeof data['iconUrl'] === 'string' ? { iconUrl: data['iconUrl'] } : {}),
    })),
  };
}

async function enabledProviders({ services, context }: DomainOfMachine): Promise<readonly StoredResource[]> {
  const type = resourceType('IdentityProvider');
  const filter = { op: 'eq' as const, attribute: type.resolve('enabled')!, value: true };
  const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: MOST_PROVIDERS };
  const { resources } = await services.store.resources.search(context.domain.id, query);
  return resources.filter(({ data }) => data['type'] !== 'LOCAL');
}

/** The ids in a list that a rule returns, a JSON array in a text; null: there is none that says anything. */
function idsIn(text: string | undefined): readonly string[] | null {
  if (text === undefined) return null;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.length > 0 ? list.map(String) : null;
  } catch {
    return null;
  }
}

import { hasAgreed, rememberAgreement } from '../../resources/terms-of-use-consent.ts';
import { isObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import type { SignInContext } from '../sign-in-services.ts';
import { cause, malformed, refuse } from './authentication-error.ts';
import type { AuthenticationInput } from './authentication-input.ts';
import type { AuthenticationServices, Machine } from './authentication-services.ts';
import type { AuthenticationState } from './authentication-state.ts';
import { failed, type Offered, offered } from './authentication-step.ts';
import { targetApp } from './target-app.ts';

/*
 * The terms of use of the application that is signed in to. IDCS: authn-0137, authn-0138: what is shown is the statement in the
 * user's language; without one in it, or without the user's consent, there is no sign-in.
 */

const KIND = 'termsOfUseStatement';
/** Statements that terms have: languages. */
const MOST_STATEMENTS = 200;

/** What the user has to agree to; null: nothing (more). */
export async function offerTerms(
  machine: Machine,
  state: AuthenticationState,
  user: StoredResource,
): Promise<Offered | null> {
  const { services, context } = machine;
  const app = await targetApp(machine, state);
  const termsOfUseId = app === null ? null : await dueTerms(services, context, app, user.id);
  if (termsOfUseId === null) return null;
  const locale = languageOf(machine, user);
  const statement = await statementIn(machine, termsOfUseId, locale);
  if (statement === null) return failed(cause('AUTH-3036', locale), null);
  const shown = String(statement.data['locale']);
  return offered(
    { ...state, stage: { kind: 'terms', termsOfUseId, statementId: statement.id, locale: shown } },
    {
      nextOp: ['acceptTOU'],
      TOU: { statement: statement.data['statement'] ?? '', credentials: ['consent'], locale: shown },
    },
  );
}

/** The terms of use of an application that a user has not agreed to; null: there are none. @returns their id */
export async function dueTerms(
  { store }: Pick<AuthenticationServices, 'store'>,
  context: Pick<SignInContext, 'domain' | 'clock'>,
  app: Pick<StoredResource, 'id' | 'data'>,
  userId: string,
): Promise<string | null> {
  const reference = app.data['termsOfUse'];
  if (!isObject(reference)) return null;
  const termsOfUseId = String(reference['value']);
  const terms = await store.resources.read(context.domain.id, 'TermsOfUse', termsOfUseId);
  if (terms?.data['active'] !== true) return null;
  return (await hasAgreed(store, context, { userId, appId: app.id, termsOfUseId })) ? null : termsOfUseId;
}

/**
 * Takes the user's answer. @returns null when the user has agreed
 * @throws RequestRefused 400 for an answer that is neither yes nor no
 */
export async function answerTerms(
  machine: Machine,
  state: AuthenticationState,
  userId: string,
  { credentials }: AuthenticationInput,
): Promise<Offered | null> {
  const { consent } = credentials;
  if (typeof consent !== 'boolean') throw malformed('The attribute credentials.consent must be true or false.');
  if (!consent) return failed(cause('AUTH-3035'), null);
  const { services, context } = machine;
  if (state.stage.kind !== 'terms') throw refuse('AUTH-1120');
  const { termsOfUseId, statementId } = state.stage;
  const agreement = { userId, appId: state.appId ?? context.client.id, termsOfUseId, statementId };
  // Gone meanwhile: the next look says what is asked now.
  await rememberAgreement(services, context, agreement);
  return null;
}

/** The statement that is offered again, for an answer that could not be read. */
export async function termsOffer({ services, context }: Machine, statementId: string, locale: string) {
  const statement = await services.store.resources.read(context.domain.id, 'TermsOfUseStatement', statementId);
  const text = statement?.data['statement'] ?? '';
  return { nextOp: ['acceptTOU'], TOU: { statement: text, credentials: ['consent'], locale } };
}

/** Inferred: the browser's language, else the user's, else the domain's. */
function languageOf({ context }: Machine, user: StoredResource): string {
  const wished = [context.languages[0], user.data['preferredLanguage'], context.domain.settings['preferredLanguage']];
  return wished.find((value): value is string => typeof value === 'string' && value !== '') ?? 'en';
}

/** The statement in a language, or in the language that it is a variety of (`fr` for `fr-CA`). */
async function statementIn({ services, context }: Machine, termsOfUseId: string, locale: string) {
  const page = { offset: 0, limit: MOST_STATEMENTS };
  const query = { kind: KIND, end: 'source', ids: [termsOfUseId], page } as const;
  const edges = (await services.store.edges.page(context.domain.id, query)).get(termsOfUseId) ?? [];
  const statements = edges.map(({ other }) => other);
  const wanted = languageTag(locale);
  const inLanguage = (language: string | undefined) =>
    statements.find(({ data }) => languageTag(String(data['locale'])) === language);
  return inLanguage(wanted) ?? inLanguage(wanted.split('-')[0]) ?? null;
}

/** `fr-ca` for `fr_CA`. */
function languageTag(locale: string): string {
  return locale.toLowerCase().replaceAll('_', '-');
}

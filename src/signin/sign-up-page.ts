import type { FastifyInstance } from 'fastify';
import { type Page, pageContext } from '../pages/page.ts';
import { noticePage, signUpPage } from '../pages/pages.ts';
import type { SignUpField } from '../pages/sign-up-page.ts';
import { PasswordPolicyViolation } from '../resources/password-setting.ts';
import { registerUser } from '../resources/pipeline/register-user.ts';
import { registrationFields } from '../resources/registration-form.ts';
import { SELF_REGISTRATION_URN } from '../resources/user-urns.ts';
import { resourceType } from '../schemas/registry.ts';
import { ScimError } from '../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { bindBrowser } from './browser-binding.ts';
import { requireCsrf } from './csrf.ts';
import { pageRequest } from './page-caller.ts';
import { PageError } from './page-error.ts';
import { pageRoute, type Visit } from './page-route.ts';
import type { SignInRouteServices } from './sign-in-services.ts';

/** Inferred: the real path is not documented. */
const SIGN_UP_PATH = '/ui/v1/signup';
const CSRF = 'signup';
/** Links that a sign-in page has room for. */
const MOST_LINKS = 5;

/** Mounts the page on which people register by a SelfRegistrationProfile: `?profile=<its id>`. */
export function registerSignUpPage(app: FastifyInstance, services: SignInRouteServices): void {
  const { contextOf } = services;
  pageRoute(app, 'GET', SIGN_UP_PATH, contextOf, async (visit) =>
    show(services, visit, await requireProfile(services, visit), []),
  );
  pageRoute(app, 'POST', SIGN_UP_PATH, contextOf, async (visit) => {
    requireCsrf(visit, CSRF);
    const profile = await requireProfile(services, visit);
    const { request, context, fields } = visit;
    if (fields.get('password') !== fields.get('confirmation')) return show(services, visit, profile, ['mismatch']);
    let address: string;
    try {
      const body = bodyOf(profile, visit);
      const projection = { attributes: null, attributeSets: null };
      await registerUser(pageRequest(services, context), resourceType('Me'), body, projection);
      address = String(fields.get('emails.value') ?? '');
    } catch (error) {
      if (!(error instanceof ScimError)) throw error;
      const problems = error instanceof PasswordPolicyViolation ? error.violations : [error.message];
      return show(services, visit, profile, problems);
    }
    const unconfirmed = profile.data['activationEmailRequired'] === true;
    const notice = unconfirmed ? 'signUp.sent' : 'signUp.done';
    return noticePage(pageContext(request, context), {
      notice,
      address,
      continueTo: `${context.baseUrl}/ui/v1/signin`,
    });
  });
}

/** The pages of the active profiles that the sign-in page leads to (showOnLoginPage), in one language. */
export async function signUpLinks(
  { store }: Pick<SignInRouteServices, 'store'>,
  { request, context }: Visit,
): Promise<readonly { readonly url: string; readonly text: string | null }[]> {
  const type = resourceType('SelfRegistrationProfile');
  const on = (name: string) => ({ op: 'eq', attribute: type.core(name)!, value: true }) as const;
  const filter = { op: 'and', filters: [on('active'), on('showOnLoginPage')] } as const;
  const query = { type, filter, sortBy: null, descending: false, offset: 0, limit: MOST_LINKS };
  const { resources } = await store.resources.search(context.domain.id, query);
  const { language } = pageContext(request, context);
  return resources.map(({ id, data }) => ({
    url: `${context.baseUrl}${SIGN_UP_PATH}?profile=${encodeURIComponent(id)}`,
    text: inLanguage(data['displayName'], language),
  }));
}

async function requireProfile({ store }: SignInRouteServices, { context, fields }: Visit): Promise<StoredResource> {
  const id = fields.get('profile') ?? '';
  const profile = await store.resources.read(context.domain.id, 'SelfRegistrationProfile', id);
  if (profile?.data['active'] === true) return profile;
  throw new PageError(404, 'not_found', 'There is no active SelfRegistrationProfile of that id: ?profile=<its id>.');
}

function show(
  services: SignInRouteServices,
  { request, reply, context, fields }: Visit,
  { id, data }: StoredResource,
  problems: readonly string[],
): Page {
  const csrf = bindBrowser(services, context, request, reply).csrfToken(CSRF);
  const page = pageContext(request, context);
  const text = (name: string) => inLanguage(data[name], page.language);
  return signUpPage(page, {
    action: `${context.baseUrl}${SIGN_UP_PATH}`,
    hidden: { profile: id, csrf },
    heading: text('displayName'),
    headerText: text('headerText'),
    footerText: text('footerText'),
    fields: fieldsOf(data).map((field) => ({ ...field, value: fields.get(field.name) ?? '' })),
    consentText: data['consentTextPresent'] === true ? (text('consentText') ?? '') : null,
    problems,
    signInUrl: `${context.baseUrl}/ui/v1/signin`,
  });
}

/** The fields of a profile that are one line of text; of lists, the first element. */
function fieldsOf(profile: JsonObject): readonly Omit<SignUpField, 'value'>[] {
  const fields = new Map<string, Omit<SignUpField, 'value'>>();
  for (const attribute of registrationFields(profile).attributes) {
    const line = attribute.type === 'complex' ? attribute.sub('value') : attribute;
    if (line === undefined || line.type !== 'string' || line.path === 'password') continue;
    const { path, name } = line;
    const list = path === 'emails.value' || path === 'phoneNumbers.value';
    if (line.parent?.multiValued && !list) continue;
    const required = path === 'emails.value' || path === 'name.familyName' || path === 'userName';
    fields.set(path, { name: path, path, label: name, required });
  }
  return [...fields.values()];
}

function bodyOf(profile: StoredResource, { fields }: Visit): JsonObject {
  const body: JsonObject = {
    schemas: [resourceType('User').schema],
    [SELF_REGISTRATION_URN]: {
      selfRegistrationProfile: { value: profile.id },
      ...(fields.get('consent') === 'true' ? { consentGranted: true } : {}),
    },
  };
  const password = fields.get('password');
  if (password !== undefined) body['password'] = password;
  for (const { path } of fieldsOf(profile.data)) {
    const value = fields.get(path);
    if (value === undefined) continue;
    if (path === 'emails.value') body['emails'] = [{ value, type: 'work', primary: true }];
    else if (path === 'phoneNumbers.value') body['phoneNumbers'] = [{ value, type: 'mobile' }];
    else place(body, path, value);
  }
  return body;
}

/** Puts a value where its path says: `name.givenName`, `urn:…:User:department`. */
function place(body: JsonObject, path: string, value: string): void {
  const at = path.startsWith('urn:') ? path.lastIndexOf(':') : path.indexOf('.');
  if (at < 0) {
    body[path] = value;
    return;
  }
  const [parent, name] = [path.slice(0, at), path.slice(at + 1)];
  const holder = body[parent];
  const inner = holder !== undefined && isObject(holder) ? holder : {};
  body[parent] = inner;
  place(inner, name, value);
}

function inLanguage(values: JsonValue | undefined, language: string): string | null {
  const texts = (Array.isArray(values) ? values : []).filter(isObject);
  const found =
    texts.find(({ locale }) => String(locale).toLowerCase().split(/[-_]/)[0] === language) ??
    texts.find((text) => text['default'] === true) ??
    texts[0];
  return typeof found?.['value'] === 'string' ? found['value'] : null;
}

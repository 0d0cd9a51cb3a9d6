import type { FastifyInstance } from 'fastify';
import { ownPasswordEvent } from '../audit/own-password-event.ts';
import { type Page, pageContext } from '../pages/page.ts';
import { changePasswordPage } from '../pages/pages.ts';
import { checkPassword } from '../resources/password-check.ts';
import { replacePassword } from '../resources/password-replacement.ts';
import { PasswordPolicyViolation } from '../resources/password-setting.ts';
import { readUserSecret } from '../resources/user-secret.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { csrfToken, requireCsrf } from './csrf.ts';
import { PageError } from './page-error.ts';
import { type Outcome, pageRoute, type Visit } from './page-route.ts';
import { CHANGE_PASSWORD_PATH, endPasswordChange, findPasswordChange, type PasswordChange } from './password-change.ts';
import { BY_PASSWORD } from './session.ts';
import { showSignIn } from './show-sign-in.ts';
import type { SignInRouteServices } from './sign-in-services.ts';
import { goOnWith } from './sign-in-steps.ts';
import { maySignIn } from './sign-in-user.ts';

const CSRF = 'changepassword';

type UserRow = StoredResource & { readonly secret: JsonObject | null };

/** Mounts the page that asks for a new password before the sign-in goes on. Its path is of our own choice: the real one's is not documented. */
export function registerChangePasswordPage(app: FastifyInstance, services: SignInRouteServices): void {
  const { contextOf } = services;
  pageRoute(app, 'GET', CHANGE_PASSWORD_PATH, contextOf, async (visit) => {
    const { change, user } = await requireChange(services, visit);
    return show(visit, change, user, []);
  });
  pageRoute(app, 'POST', CHANGE_PASSWORD_PATH, contextOf, async (visit) => {
    requireCsrf(visit, CSRF);
    const { change, user } = await requireChange(services, visit);
    const { fields } = visit;
    // A slip of the fingers, seen before anything is counted.
    const password = fields.get('password') ?? '';
    if (password !== (fields.get('confirmation') ?? '')) return show(visit, change, user, ['mismatch']);
    return (await refusedOldPassword(services, visit, change, user)) ?? (await renew(services, visit, change, user));
  });
}

async function requireChange(
  services: SignInRouteServices,
  visit: Visit,
): Promise<{ readonly change: PasswordChange; readonly user: UserRow }> {
  const { context, fields } = visit;
  const change = await findPasswordChange(services, visit, fields.get('request') ?? '');
  const user = change && (await services.store.resources.readWithSecret(context.domain.id, 'User', change.userId));
  if (change && user) return { change, user };
  throw new PageError(
    400,
    'expired_request',
    'This change of a password has expired or was begun in another browser. Go back to the application and start again.',
  );
}

/** Wrong old passwords count as tries to sign in. @returns the answer that says so; null: it was the right one */
async function refusedOldPassword(
  services: SignInRouteServices,
  visit: Visit,
  change: PasswordChange,
  user: UserRow,
): Promise<Page | null> {
  const userName = String(user.data['userName']);
  const old = visit.fields.get('oldPassword') ?? '';
  const check = await checkPassword({ ...services, ...visit.context }, userName, old);
  if (check.ok || check.reason === 'expired' || check.reason === 'mustChange') return null;
  if (check.reason === 'locked' || check.reason === 'inactive') {
    return showSignIn(services, visit, change.signIn, {
      userName,
      failure: check.reason,
    });
  }
  return show(visit, change, user, ['incorrect']);
}

async function renew(
  services: SignInRouteServices,
  visit: Visit,
  change: PasswordChange,
  user: UserRow,
): Promise<Outcome> {
  const { password: checked, cantChange } = readUserSecret(user.secret);
  if (cantChange) return show(visit, change, user, ['Only an administrator can change this password.']);
  try {
    const event = ownPasswordEvent('MePasswordMustChanger', user);
    await replacePassword({ ...services, ...visit.context, event }, user.id, visit.fields.get('password') ?? '', {
      tells: 'admin.me.password.change.success',
      author: authorOf(user),
      signsIn: true,
      async check(now) {
        // What was checked is no longer the password: whoever changed it meanwhile has the last word.
        if (
          readUserSecret(now.secret).password !== checked ||
          !(await maySignIn({ ...services, ...visit.context }, now))
        )
          throw new OldPasswordGone();
      },
    });
  } catch (error) {
    if (error instanceof PasswordPolicyViolation) return show(visit, change, user, error.violations);
    if (error instanceof OldPasswordGone) return show(visit, change, user, ['incorrect']);
    throw error;
  }
  await endPasswordChange(services, visit, change);
  visit.context.log.info({ userId: user.id }, 'a user changed the password at sign-in');
  return goOnWith(services, visit, change.signIn, user, { proved: BY_PASSWORD });
}

class OldPasswordGone extends Error {}

function show(visit: Visit, change: PasswordChange, user: StoredResource, problems: readonly string[]): Page {
  const { request, context } = visit;
  return changePasswordPage(pageContext(request, context, change.signIn.uiLocales), {
    action: `${context.baseUrl}${CHANGE_PASSWORD_PATH}`,
    hidden: { request: change.id, csrf: csrfToken(request, context, CSRF) },
    formTargets: change.signIn.formTargets,
    userName: String(user.data['userName']),
    reason: change.reason,
    problems,
  });
}

/** A user who changes the own row (shapes.md §4). */
function authorOf({ id, ocid, data }: StoredResource): JsonObject {
  const display = String(data['displayName'] ?? data['userName']);
  return { type: 'User', value: id, display, ...(ocid === null ? {} : { ocid }) };
}

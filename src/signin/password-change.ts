import { newSecret } from '../ids.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { tokenHash } from '../store/token-hash.ts';
import { browserBinding } from './browser-binding.ts';
import type { Visit } from './page-route.ts';
import type { SignInRequest } from './sign-in-request.ts';
import type { SignInServices } from './sign-in-services.ts';

const KIND = 'password-change';
/** Inferred: as long as a sign-in waits (oauth.md §7.3); milliseconds. */
const LIFETIME_MS = 15 * 60 * 1000;

export const CHANGE_PASSWORD_PATH = '/ui/v1/changepassword';

/** A sign-in that waits for a new password: the old one was right, but gives no access any more. */
export interface PasswordChange {
  /** Names it in addresses and forms (`request`). Good for nothing in another browser. */
  readonly id: string;
  readonly userId: string;
  readonly reason: 'expired' | 'mustChange';
  /** What goes on afterwards. */
  readonly signIn: SignInRequest;
}

/** @returns the path of the page that asks for a new password */
export async function beginPasswordChange(
  { store, ids }: Pick<SignInServices, 'store' | 'ids'>,
  { request, context }: Visit,
  what: { readonly user: StoredResource; readonly reason: PasswordChange['reason']; readonly signIn: SignInRequest },
): Promise<string> {
  const id = newSecret(ids, 24);
  const created = context.clock.now();
  const browser = browserBinding(context, request)?.hash ?? null;
  const { progress: _progress, step: _step, ...signIn } = what.signIn;
  const data = { userId: what.user.id, reason: what.reason, signIn, browser };
  await store.tokens.insert(context.domain.id, {
    hash: tokenHash(id),
    kind: KIND,
    created,
    expires: created + LIFETIME_MS,
    data: data as unknown as JsonObject,
  });
  return `${CHANGE_PASSWORD_PATH}?request=${id}`;
}

/** The change of that id; null when there is none, it has expired, or belongs to another browser. */
export async function findPasswordChange(
  { store }: Pick<SignInServices, 'store'>,
  { request, context }: Visit,
  id: string,
): Promise<PasswordChange | null> {
  const browser = browserBinding(context, request);
  const row = await store.tokens.find(context.domain.id, KIND, tokenHash(id));
  if (row === null || browser === null || row.expires <= context.clock.now()) return null;
  const { browser: owner, ...change } = row.data as unknown as Omit<PasswordChange, 'id'> & { browser: string | null };
  return owner === browser.hash ? { ...change, id } : null;
}

/** Ends a change that was made. */
export async function endPasswordChange(
  { store }: Pick<SignInServices, 'store'>,
  { context }: Visit,
  { id }: PasswordChange,
): Promise<void> {
  await store.tokens.delete(context.domain.id, KIND, tokenHash(id));
}

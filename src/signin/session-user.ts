import type { FastifyRequest } from 'fastify';
import type { StoredResource } from '../store/store.ts';
import { readSession, type Session } from './session.ts';
import type { SignInContext, SignInServices } from './sign-in-services.ts';
import { maySignIn } from './sign-in-user.ts';

/** Who a browser is signed in as; null when nobody, or when the user was deleted, deactivated or locked since. */
export async function sessionUser(
  services: Pick<SignInServices, 'store'>,
  context: SignInContext,
  request: FastifyRequest,
): Promise<{ readonly session: Session; readonly user: StoredResource } | null> {
  const session = await readSession(services, context, request);
  if (session === null) return null;
  const user = await services.store.resources.read(context.domain.id, 'User', session.userId);
  return user !== null && (await maySignIn({ ...context, store: services.store }, user)) ? { session, user } : null;
}

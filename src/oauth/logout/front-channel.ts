import type { Session } from '../../signin/session.ts';
import type { OAuthContext, OAuthServices } from '../token/token-request.ts';

/**
 * Addresses of the apps that took part in a session and want to be told when it ends, each once.
 * IDCS: oauth.md §8: App.logoutUri is called through the browser; neither issuer nor session are sent along
 * (`logout_session_supported` is false).
 */
export async function logoutUrls(
  { store }: Pick<OAuthServices, 'store'>,
  { domain }: OAuthContext,
  session: Session | null,
): Promise<readonly string[]> {
  if (session === null || session.clients.length === 0) return [];
  const apps = await store.resources.resolve(
    domain.id,
    session.clients.map((key) => ({ type: 'App', key })),
  );
  const urls = [...apps.values()].filter((app) => app.data['active'] === true).map((app) => app.data['logoutUri']);
  return [...new Set(urls.filter(isWebAddress))];
}

/** Only pages can be shown in frames, and nothing of an app's may run as ours. */
function isWebAddress(value: unknown): value is string {
  return typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

import { createCipheriv, createHash, sign } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pageContext, sendPage } from '../../pages/page.ts';
import { formPostPage } from '../../pages/pages.ts';
import { beginHandOff } from '../../signin/authentication/hand-off.ts';
import type { Client } from '../client.ts';
import type { OAuthContext, OAuthServices } from '../token/token-request.ts';

/** The address of a client's own sign-in page (App.loginPageUrl); null: it has none. */
export function ownSignInPage({ data }: Client): string | null {
  const url = data['loginPageUrl'];
  return typeof url === 'string' && /^https?:\/\//i.test(url) && URL.canParse(url) ? url : null;
}

/**
 * Sends the browser to the application's own sign-in page, by a form that posts itself, with what the page needs to go on.
 * IDCS: flows.md E: `loginCtx` is the answer of GET authenticate in AES-128-CBC, base64; the key is the first half of the SHA-256 of the
 * tenant's name in lower case, the IV is zero: it hides nothing from who knows the tenant, and the requestState in it is sealed.
 * `signature`, made with the domain's key, says that it is the domain's.
 */
export async function sendToOwnPage(
  services: OAuthServices,
  context: OAuthContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { target, client, continueTo }: { readonly target: string; readonly client: Client; readonly continueTo: string },
): Promise<FastifyReply> {
  const answer = await beginHandOff(services, context, { appId: client.id, continueTo });
  const key = createHash('sha256').update(context.domain.tenant.toLowerCase()).digest().subarray(0, 16);
  const cipher = createCipheriv('aes-128-cbc', key, Buffer.alloc(16));
  const loginCtx = Buffer.concat([cipher.update(JSON.stringify(answer), 'utf8'), cipher.final()]).toString('base64');
  const signer = await services.keys.signer(context.domain);
  const signature = sign('sha256', Buffer.from(loginCtx), signer.privateKey()).toString('base64');
  reply.header('cache-control', 'no-store');
  return sendPage(reply, formPostPage(pageContext(request, context), { target, parameters: { loginCtx, signature } }));
}

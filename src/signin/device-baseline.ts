import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { browserName } from '../audit/browser-name.ts';
import { newId, newSecret } from '../ids.ts';
import { equals } from '../resources/app-parts.ts';
import { singletonData } from '../resources/singleton.ts';
import { resourceType } from '../schemas/registry.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { readCookie, setCookie } from './browser-cookie.ts';
import type { SignInContext, SignInServices } from './sign-in-services.ts';

/*
 * The browsers that a user signs in with (UserDevice). IDCS: flows.md C9: they are watched where SsoSettings.deviceBaseliningEnabled is
 * true. How the real service tells browsers apart is not documented; here it is a cookie that outlives the session, together with
 * what the User-Agent header says of browser and system: a new version is no new device, a copied cookie in another browser is one.
 */

const TYPE = 'UserDevice';
/** Name of the device's cookie; the real one's is not documented. */
const COOKIE = 'ORA_OCIS_DEVICE_1';
const COOKIE_SECONDS = 365 * 86_400;
const FORM = /^[A-Za-z0-9_-]{43}$/;
/** Devices that a user has at most: the one that was not used for longest goes. Inferred. */
const MOST = 50;

/** How somebody signed in. */
interface SignIn {
  readonly userId: string;
  /** The `amr` claim: the factors that were proved. */
  readonly amr: readonly string[];
}

/** Notes the browser that a user has signed in with, where the domain wants that. */
export async function noteDevice(
  { store, ids }: Pick<SignInServices, 'store' | 'ids'>,
  context: SignInContext,
  reply: FastifyReply,
  signIn: SignIn,
): Promise<void> {
  const { domain, clock } = context;
  const settings = await singletonData(store, domain, 'SsoSettings');
  if (settings['deviceBaseliningEnabled'] !== true) return;
  const known = readCookie(reply.request, context, COOKIE);
  const secret = known !== null && FORM.test(known) ? known : newSecret(ids);
  setCookie(reply, context, COOKIE, secret, COOKIE_SECONDS);
  const { browser, platform } = browserName(reply.request.headers['user-agent'] ?? null);
  const print = createHash('sha256').update([secret, browser, platform].join('\n')).digest('hex');
  const now = clock.now();
  await store.transaction(async (session) => {
    // Held, so that two sign-ins at once make one device.
    const user = await session.resources.readWithSecret(domain.id, 'User', signIn.userId, { lock: true });
    if (user === null) return;
    const devices = await devicesOf(session, domain.id, user.id);
    const before = devices.find(({ data }) => data['dfp'] === print);
    const author = { type: 'User', value: user.id, display: String(user.data['displayName'] ?? user.data['userName']) };
    const data: JsonObject = {
      idcsCreatedBy: author,
      ...before?.data,
      idcsLastModifiedBy: author,
      owner: ownerOf(user),
      isBaselined: true,
      deviceType: [browser, platform].filter((part) => part !== null).join(' on ') || 'Unknown',
      // Inferred: a device is verified once a second factor was proved on it.
      verified: before?.data['verified'] === true || signIn.amr.length > 1,
      deviceFingerPrint: print,
      dfp: print,
    };
    const row = { type: resourceType(TYPE), ocid: null, version: newId(ids), lastModified: now, data };
    if (before !== undefined) await session.resources.update(domain.id, { ...row, id: before.id }, null);
    else {
      const spare = [...devices].sort((a, b) => b.lastModified - a.lastModified).slice(MOST - 1);
      for (const { id } of spare) await session.resources.delete(domain.id, TYPE, id, null);
      await session.resources.insert(domain.id, { ...row, id: newId(ids) }, now);
    }
  });
}

async function devicesOf(
  session: Pick<StoreSession, 'resources'>,
  domainId: number,
  userId: string,
): Promise<readonly StoredResource[]> {
  const filter = equals(TYPE, 'owner.value', userId);
  const query = { type: resourceType(TYPE), filter, sortBy: null, descending: false, offset: 0, limit: MOST };
  return (await session.resources.search(domainId, query)).resources;
}

function ownerOf({ id, data }: StoredResource): JsonObject {
  const { userName, displayName } = data;
  return { value: id, userName: userName!, ...(displayName === undefined ? {} : { display: displayName }) };
}

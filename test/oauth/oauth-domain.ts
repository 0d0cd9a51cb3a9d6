import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify';
import { installErrorHandler } from '../../src/http/error-handler.ts';
import { newId, newOcid, randomIds } from '../../src/ids.ts';
import { silentLog } from '../../src/log.ts';
import { KeyRing } from '../../src/oauth/keys/key-ring.ts';
import { registerOAuthRoutes } from '../../src/oauth/routes.ts';
import { clientSecretHash } from '../../src/resources/client-secret-digest.ts';
import { defaultPasswordPolicy } from '../../src/resources/domain-defaults.ts';
import { readUserSecret, writeUserSecret } from '../../src/resources/user-secret.ts';
import { resourceType } from '../../src/schemas/registry.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { type TestContext, testContext } from '../support/context.ts';

/*
 * The OAuth routes alone, over the real store, in a domain of the test's own with a few AppRoles.
 */

export const PASSWORD = 'Correct-Horse-42';
export const SECRET = 'a-client-secret';
export const ADMIN_ROLES = ['Identity Domain Administrator', 'User Administrator', 'Me', 'Help Desk Administrator'];

export interface OAuthDomain {
  readonly app: FastifyInstance;
  readonly context: TestContext;
  readonly keys: KeyRing;
  /** Changes what requests see of the domain; a new epoch goes with it. */
  settings(settings: JsonObject): void;
  /** Makes a client; `roles` are display names of the domain's AppRoles. @returns its id */
  client(name: string, changes?: JsonObject, roles?: readonly string[]): Promise<string>;
  user(
    userName: string,
    roles?: readonly string[],
    secret?: Partial<ReturnType<typeof readUserSecret>>,
  ): Promise<string>;
  group(members: readonly string[], roles: readonly string[]): Promise<string>;
  insert(type: string, data: JsonObject, options?: { id?: string; secret?: JsonObject }): Promise<string>;
  grant(roles: readonly string[], type: string, id: string): Promise<void>;
  token(form: Record<string, string> | string, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
}

/** Basic authentication of a client made with `client`. */
export function basic(name: string, secret: string = SECRET): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}` };
}

export async function newOAuthDomain(
  options: { strictIssuer?: boolean; mtlsPort?: number } = {},
): Promise<OAuthDomain> {
  const context = await testContext();
  const { store, secrets, clock, passwords } = context;
  let { domain } = context;
  const keys = new KeyRing({ store, secrets, clock, log: silentLog, developmentKeys: true });
  const app = Fastify({ logger: false });
  installErrorHandler(app);
  await app.register(cookie);
  await app.register(formbody);
  registerOAuthRoutes(app, {
    store,
    keys,
    passwords,
    secrets,
    ids: randomIds,
    strictIssuer: options.strictIssuer ?? false,
    devLogin: false,
    mtlsPort: () => options.mtlsPort ?? null,
    contextOf: () => ({ domain, clock, baseUrl: context.baseUrl, log: silentLog }),
  });
  const roleIds = new Map<string, string>();

  const insert: OAuthDomain['insert'] = async (type, data, { id = newId(randomIds), secret } = {}) => {
    const write = {
      type: resourceType(type),
      id,
      ocid: newOcid(randomIds, type.toLowerCase()),
      version: newId(randomIds),
    };
    await store.resources.insert(
      domain.id,
      { ...write, lastModified: clock.now(), data, ...(secret === undefined ? {} : { secret }) },
      clock.now(),
    );
    return id;
  };
  const grant: OAuthDomain['grant'] = async (roles, targetType, targetId) => {
    const edges = roles.map((role) => ({ kind: 'appRole', sourceId: roleIds.get(role)!, targetId, targetType }));
    if (edges.length > 0) await store.edges.add(domain.id, edges, clock.now());
  };

  await insert('App', { displayName: 'IDCS Application', name: 'IDCSApp', active: true }, { id: 'IDCSAppId' });
  for (const displayName of ADMIN_ROLES) {
    const data = { displayName, uniqueName: `IDCSAppId_${displayName}`, app: { value: 'IDCSAppId' } };
    roleIds.set(displayName, await insert('AppRole', data));
  }
  const { data, id } = defaultPasswordPolicy();
  await insert('PasswordPolicy', data, { id: id ?? 'PasswordPolicy' });

  return {
    app,
    context,
    keys,
    insert,
    grant,
    settings(settings) {
      domain = { ...domain, settings, epoch: domain.epoch + 1 };
    },
    async client(name, changes = {}, roles = []) {
      const data = {
        name,
        displayName: `The ${name}`,
        active: true,
        isOAuthClient: true,
        clientType: 'confidential',
        allowedGrants: ['client_credentials', 'password', 'refresh_token'],
        ...changes,
      };
      const id = await insert('App', data, { secret: { clientSecretHash: clientSecretHash(SECRET) } });
      await grant(roles, 'App', id);
      return id;
    },
    async user(userName, roles = [], secret = {}) {
      const kept = { ...readUserSecret(null), password: await passwords.hash(PASSWORD), setAt: clock.now(), ...secret };
      const data = { userName, displayName: `Mx ${userName}`, active: true };
      const id = await insert('User', data, { secret: writeUserSecret(kept) });
      await grant(roles, 'User', id);
      return id;
    },
    async group(members, roles) {
      const id = await insert('Group', { displayName: `group ${newId(randomIds)}` });
      const edges = members.map((targetId) => ({ kind: 'member', sourceId: id, targetId, targetType: 'User' }));
      await store.edges.add(domain.id, edges, clock.now());
      await grant(roles, 'Group', id);
      return id;
    },
    token: (form, headers = {}) =>
      app.inject({
        method: 'POST',
        url: '/oauth2/v1/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8', ...headers },
        payload: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
      }),
  };
}

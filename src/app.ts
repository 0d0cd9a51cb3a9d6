import cookie from '@fastify/cookie';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Config } from './config.ts';
import { registerControlRoutes } from './control/routes.ts';
import type { BirthServices } from './domains/birth.ts';
import type { DomainRegistry } from './domains/registry.ts';
import { type AccessForm, authorize, authorizeAdministrator } from './http/authorization.ts';
import { installBodyParsers, MAX_BODY_BYTES } from './http/body-parsers.ts';
import { installCors } from './http/cors.ts';
import { routedUrl } from './http/domain-address.ts';
import { answerError, installErrorHandler } from './http/error-handler.ts';
import { installExchange } from './http/exchange.ts';
import { keepMemberPages } from './http/member-page.ts';
import { installNotBuilt, NotBuiltCounter } from './http/not-built.ts';
import { installRequestLog } from './http/request-log.ts';
import { answer, registerScimRoutes, scimContextOf } from './http/scim-routes.ts';
import type { IdSource } from './ids.ts';
import type { Inbox } from './inbox/inbox.ts';
import { registerJobRoutes } from './jobs/routes.ts';
import type { Log } from './log.ts';
import { registerMfaRoutes } from './mfa/routes.ts';
import { readAuthnToken, signAuthnToken } from './oauth/authn-token.ts';
import type { KeyRing } from './oauth/keys/key-ring.ts';
import type { KeyRotation } from './oauth/keys/key-rotation.ts';
import { keepSignedBodies } from './oauth/raw-body.ts';
import { type OAuthServices, registerOAuthRoutes } from './oauth/routes.ts';
import { certificateKey, sdkClient } from './oauth/sdk-client.ts';
import { registerReportRoutes } from './reports/routes.ts';
import type { PasswordHasher } from './resources/password-hasher.ts';
import type { SecretBox } from './resources/request-context.ts';
import { badRequest } from './scim/errors.ts';
import { registerAuthenticationRoutes } from './signin/authentication/routes.ts';
import { registerSignInRoutes } from './signin/routes.ts';
import { registerStorageRoutes } from './storage/routes.ts';
import type { Store } from './store/store.ts';

/** The parts that `startEmulator` made. */
export interface AppParts {
  readonly config: Config;
  readonly version: string;
  readonly store: Store;
  readonly registry: DomainRegistry;
  readonly birth: BirthServices;
  readonly keys: KeyRing;
  readonly keyRotation: KeyRotation;
  readonly inbox: Inbox;
  readonly passwords: PasswordHasher;
  readonly secrets: SecretBox;
  readonly ids: IdSource;
  readonly log: Log;
  /** PEM of our own CA, when HTTPS runs on it. */
  readonly caPem: () => string | null;
  /** The port for client certificates, once it is open. */
  readonly mtlsPort: () => number | null;
  /** Base URL of the port that is not for client certificates, HTTPS preferred; null before that port is open. */
  readonly mainUrl: () => string | null;
  /** True once seeds are applied. */
  readonly ready: () => boolean;
}

/** Ids and OCIDs of 1,000 characters are looked up, not refused by the router (rulings: long paths). */
const MAX_PARAM_LENGTH = 2048;

/** Builds the HTTP application: the only place where the features meet. Returns it ready to route. */
export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const { config, store, registry, keys, passwords, secrets, ids, log } = parts;
  const app = Fastify({
    logger: false,
    trustProxy: config.trustProxy,
    bodyLimit: MAX_BODY_BYTES,
    rewriteUrl: (request) => keepMemberPages(routedUrl(request)),
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH, ignoreTrailingSlash: true },
    frameworkErrors: (_error, request, reply) => {
      answerError(request, reply, badRequest('The request path is not valid.'));
    },
  });
  const notBuilt = new NotBuiltCounter();
  installErrorHandler(app);
  installRequestLog(app);
  const strictIssuer = config.issuer === 'domain';
  installExchange(app, {
    registry,
    defaultDomain: config.domainName,
    baseUrl: config.baseUrl,
    mainUrl: parts.mainUrl,
    log,
  });
  installCors(app, { loopbackOrigins: strictIssuer });
  await app.register(cookie);
  keepSignedBodies(app, MAX_BODY_BYTES);
  await installBodyParsers(app);
  installNotBuilt(app, notBuilt);
  const oauth: OAuthServices = {
    store,
    keys,
    passwords,
    inbox: parts.inbox,
    secrets,
    ids,
    strictIssuer,
    devLogin: config.devLogin,
    mtlsPort: parts.mtlsPort,
    contextOf: (request) => request.exchange,
  };
  registerOAuthRoutes(app, oauth);
  registerSignInRoutes(app, { ...oauth, inbox: parts.inbox });
  registerAuthenticationRoutes(app, {
    ...oauth,
    inbox: parts.inbox,
    clientOf: (request, token) => sdkClient(oauth, request, token, config.authz),
    certificateKey: (context, client, thumbprint) => certificateKey(oauth, context, client, thumbprint),
    authnToken: (context, client, finished) => signAuthnToken(oauth, context, client, finished),
    readAuthnToken: (context, token) => readAuthnToken(oauth, context, token),
  });
  const scim = { store, keys, passwords, secrets, ids, inbox: parts.inbox, authz: config.authz, notBuilt };
  registerScimRoutes(app, scim);
  registerMfaRoutes(app, {
    contextOf: async (request, endpoint, form) => {
      const context = await scimContextOf(request, scim);
      authorize(context.caller, config.authz, endpoint, form);
      return context;
    },
    certificateKey: (context, thumbprint) =>
      certificateKey(oauth, context, { name: context.caller.clientId ?? '' }, thumbprint),
  });
  const administratorContext = async (request: FastifyRequest, endpoint: string, form: AccessForm) => {
    const context = await scimContextOf(request, scim);
    authorizeAdministrator(context.caller, config.authz, endpoint, form);
    return context;
  };
  registerStorageRoutes(app, {
    store,
    domainOf: (request) => request.exchange,
    contextOf: administratorContext,
  });
  registerReportRoutes(app, { contextOf: administratorContext, answer });
  registerJobRoutes(app, {
    contextOf: (request) => scimContextOf(request, scim),
    authorizeJob: (caller, endpoint, form) => authorizeAdministrator(caller, config.authz, endpoint, form),
    authorizeRow: (caller, endpoint, form) => authorize(caller, config.authz, endpoint, form),
    answer,
  });
  registerControlRoutes(app, {
    store,
    registry,
    birth: parts.birth,
    inbox: parts.inbox,
    keyRotation: parts.keyRotation,
    oauth,
    notBuilt,
    ready: parts.ready,
    caPem: parts.caPem,
    version: parts.version,
    controlToken: config.controlToken,
    trustProxy: config.trustProxy,
    baseUrl: config.baseUrl,
    contextOf: (request) => request.exchange,
  });
  await app.ready();
  return app;
}

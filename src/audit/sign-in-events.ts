import type { JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { browserName } from './browser-name.ts';
import type { Actor, NewEvent } from './record-event.ts';
import type { RequestFacts } from './request-facts.ts';

/*
 * The events of signing in and out. IDCS: shapes.md §13.
 */

type UserRow = Pick<StoredResource, 'id' | 'ocid' | 'data'>;

/** A user as the actor of an event. */
export function userActor({ id, ocid, data }: UserRow): Actor {
  const { userName, displayName } = data;
  return { type: 'User', id, ocid, name: String(userName), display: String(displayName ?? userName) };
}

/** A session that began or ended. */
export interface AuditedSession {
  /** The `sid` claim. */
  readonly sid: string;
  /** When it began; seconds since the Unix epoch. */
  readonly authenticated: number;
  /** When it ends by itself; milliseconds since the Unix epoch. */
  readonly expires: number;
  /** What was proved: the `amr` claim. */
  readonly amr: readonly string[];
}

/** What a sign-in was for, and what the sign-on policy said of it. */
export interface AuditedSignIn {
  /** displayName of the App that was signed in to; null: the domain itself. */
  readonly appName: string | null;
  /** Absolute address of what the sign-in led to, without its query; null: it was made by the API and led nowhere. */
  readonly protectedResource: string | null;
  /** Ids of the policy and of the rule that decided, and the rule's returns by name. */
  readonly decision?: {
    readonly policyId: string | null;
    readonly ruleId: string | null;
    readonly obligations: Readonly<Record<string, string>>;
  };
}

/** What the domain itself is called where an event names the application. IDCS: idcssso creates what users do in the console. */
export const OWN_NAME = 'idcssso';

/** A session began. @param request null: of no HTTP request */
export function sessionCreated(
  user: UserRow,
  session: AuditedSession,
  { appName, protectedResource, decision }: AuditedSignIn,
  request: RequestFacts | null,
): NewEvent {
  const { browser, platform } = browserName(request?.userAgent ?? null);
  const host = request?.host ?? null;
  const values: JsonObject = {
    message: 'Session create success',
    ssoSessionId: session.sid,
    ssoSessionCreateTime: withoutMs(session.authenticated * 1000),
    ssoSessionExpiryTime: withoutMs(session.expires),
    ssoIdentityProviderType: 'LOCAL',
    ssoCompletedFactors: `{${session.amr.map((factor) => `${factor}=`).join(', ')}}`,
    ssoCSR: 'false',
    ssoRp: appName ?? OWN_NAME,
    ...(protectedResource === null ? {} : { ssoProtectedResource: protectedResource }),
    ...(host === null ? {} : { ssoApplicationHostId: host }),
    ...(browser === null ? {} : { ssoBrowser: browser }),
    ...(platform === null ? {} : { ssoPlatform: platform }),
    ...(decision === undefined ? {} : decided(decision)),
  };
  return { eventId: 'sso.session.create.success', actor: userActor(user), values };
}

function decided({ policyId, ruleId, obligations }: NonNullable<AuditedSignIn['decision']>): JsonObject {
  return {
    ...(policyId === null ? {} : { ssoMatchedSignOnPolicy: policyId }),
    ...(ruleId === null ? {} : { ssoMatchedSignOnRule: ruleId }),
    ssoPolicyObligations: Object.entries(obligations)
      .map(([name, value]) => `${name}:${value}`)
      .join(','),
  };
}

/** A session was ended. */
export function sessionDeleted(user: UserRow, { sid }: Pick<AuditedSession, 'sid'>): NewEvent {
  const values = { message: 'Session delete success', ssoSessionId: sid };
  return { eventId: 'sso.session.delete.success', actor: userActor(user), values };
}

/** An application that a user got into. */
export interface AccessedApp {
  readonly id: string;
  /** App.name */
  readonly name: string;
  readonly displayName: string;
  readonly data: JsonObject;
}

/**
 * A user got into an application: it was given a code or a token.
 * IDCS: recorded with SAML only (`NONOPC:SAML`); what stands there for OpenID Connect is inferred from App.loginMechanism.
 */
export function appAccessed(user: UserRow, { id, name, displayName, data }: AccessedApp): NewEvent {
  const { display: _, ...actor } = userActor(user);
  const values = {
    message: 'App access success',
    ssoApplicationId: id,
    ssoApplicationName: name,
    ssoApplicationType: `${data['isOPCService'] === true ? 'OPC' : 'NONOPC'}:OIDC`,
    ssoRp: displayName,
  };
  // IDCS: this event has no actorDisplayName.
  return { eventId: 'sso.app.access.success', actor: { ...actor, display: null }, values };
}

/** What a sign-on policy decided on. */
export interface AuditedRefusal {
  readonly refusal: string;
  /** displayName of the App that was asked for; null: the domain itself. */
  readonly appName: string | null;
  readonly policyId: string | null;
  readonly ruleId: string | null;
}

/**
 * The sign-on policy keeps a user out who has proved who they are. IDCS: flows.md G6 has the event; that policies are among its reasons
 * is inferred, SSO-1001 with it.
 */
export function signOnRefused(user: UserRow, { refusal, appName, policyId, ruleId }: AuditedRefusal): NewEvent {
  const values: JsonObject = {
    message: `Authentication failure ${refusal}`,
    reasonValue: 'SSO-1001',
    ssoRp: appName ?? OWN_NAME,
    ...(policyId === null ? {} : { ssoMatchedSignOnPolicy: policyId }),
    ...(ruleId === null ? {} : { ssoMatchedSignOnRule: ruleId }),
  };
  return { eventId: 'sso.authentication.failure', actor: userActor(user), values };
}

/** An application refuses a user who has signed in. IDCS: flows.md G6 has the event; its attributes are those of the success. */
export function appRefused(user: UserRow, app: AccessedApp, reason: string): NewEvent {
  const { values, ...event } = appAccessed(user, app);
  return {
    ...event,
    eventId: 'sso.app.access.failure',
    values: { ...values, message: `App access failure ${reason}` },
  };
}

/** IDCS: the times of sessions have no milliseconds. */
function withoutMs(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

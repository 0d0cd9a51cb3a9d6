import { expect } from 'vitest';
import type { Domain } from '../support/domain.ts';
import type { Verb } from './operations.ts';
import { type ApiKeyUser, newKeyPair, type Outcome, type SdkSession, type Wire } from './sdk-session.ts';

/** What bodies refer to: made before the first operation. */
export interface Prepared {
  /** The one who calls. */
  readonly callerId: string;
  /** Enrolls the caller's mail address or phone as a second factor, and makes a trusted user agent. */
  enroll(factor: 'EMAIL' | 'SMS'): Promise<void>;
  /** A user with nothing special. */
  readonly userId: string;
  readonly groupId: string;
  /** A group that can be asked for. */
  readonly requestableGroupId: string;
  /** An OAuth client, also by its client id. */
  readonly appId: string;
  readonly clientId: string;
  /** Of that App. */
  readonly appRoleId: string;
  /** PEM. */
  readonly certificate: string;
  readonly cloudGateId: string;
  readonly cloudGateServerId: string;
  readonly radiusProxyId: string;
  readonly workflowId: string;
  /** By which users register themselves. */
  readonly registrationProfileId: string;
}

type Body = Record<string, Wire>;

const password = 'Walrus-Carpenter-77';
const user = ({ userId }: Prepared) => ({ user: { value: userId } });
const scopes = [{ audience: 'urn:opc:idm', scope: '__myscopes__' }];
const nothing = () => ({});

const proofingTemplate = (provider: string) => ({
  provider,
  verificationUrl: 'https://proof.example/verify',
  serviceType: ['document'],
  configuration: [{ name: 'clientId', type: 'string', sensitivity: false }],
});

/**
 * What a create needs that its schema alone does not say: references, and texts of a form. Everything else that is required is
 * made up from the schema.
 */
export const CREATES: Readonly<Record<string, (prepared: Prepared) => Body>> = {
  ApiKeys: (prepared) => ({ ...user(prepared), key: newKeyPair().publicKey }),
  MyApiKeys: () => ({ key: newKeyPair().publicKey }),
  AppRoles: ({ appId }) => ({ app: { value: appId } }),
  Apps: () => ({ basedOnTemplate: { value: 'CustomWebAppTemplateId' } }),
  ApprovalWorkflowAssignments: ({ workflowId, groupId }) => ({
    assignmentType: 'MEMBERSHIP',
    approvalWorkflow: { value: workflowId, type: 'ApprovalWorkflow' },
    assignedTo: { value: groupId, type: 'Group' },
  }),
  ApprovalWorkflows: () => ({ maxDuration: { value: 1, unit: 'WEEK' } }),
  ApprovalWorkflowSteps: ({ userId }) => ({ type: 'regular', approvers: [{ value: userId, type: 'User' }] }),
  AuthTokens: user,
  CloudGateMappings: ({ cloudGateId, cloudGateServerId, appId, clientId }) => ({
    resourcePrefix: '/reports',
    cloudGate: { value: cloudGateId },
    server: { value: cloudGateServerId },
    gatewayApp: { value: appId, name: clientId },
  }),
  CloudGateServers: ({ cloudGateId }) => ({ port: 4444, ssl: true, cloudGate: { value: cloudGateId } }),
  Conditions: () => ({ attributeName: 'user.userName', operator: 'eq', attributeValue: 'jane' }),
  CustomerSecretKeys: (prepared) => ({ ...user(prepared), displayName: 'backup' }),
  MyCustomerSecretKeys: () => ({ displayName: 'backup' }),
  DynamicResourceGroups: () => ({ matchingRule: "ALL {resource.type = 'fnfunc'}" }),
  Grants: ({ userId, appId, appRoleId }) => ({
    grantMechanism: 'ADMINISTRATOR_TO_USER',
    grantee: { type: 'User', value: userId },
    app: { value: appId },
    entitlement: { attributeName: 'appRoles', attributeValue: appRoleId },
  }),
  IdentityPropagationTrusts: ({ clientId, certificate }) => ({
    type: 'JWT',
    issuer: 'https://ci.example',
    oauthClients: [clientId],
    publicCertificate: certificate,
  }),
  IdentityProofingProviders: () => ({
    provider: 'Prepared proof',
    status: 'ACTIVE',
    configuration: [{ name: 'clientId', value: 'id' }],
    claimMapping: [{ verifiableClaim: 'given_name', attrMatch: 'exact' }],
  }),
  IdentityProofingProviderTemplates: () => proofingTemplate('Proof'),
  IdentityProviders: () => ({ type: 'SAML', partnerProviderId: 'https://idp.example' }),
  MyOAuth2ClientCredentials: () => ({ scopes }),
  OAuth2ClientCredentials: (prepared) => ({ ...user(prepared), scopes }),
  MyRequests: ({ requestableGroupId }) => ({ requesting: { value: requestableGroupId, type: 'Group' } }),
  NetworkPerimeters: () => ({ ipAddresses: [{ value: '192.0.2.1' }] }),
  OAuthClientCertificates: ({ certificate }) => ({ x509Base64Certificate: certificate }),
  OAuthPartnerCertificates: ({ certificate }) => ({ x509Base64Certificate: certificate }),
  Policies: () => ({ policyType: { value: 'SignOn' } }),
  RadiusProxies: nothing,
  RadiusProxyListeners: ({ radiusProxyId }) => ({
    hostName: 'radius.example',
    radiusProxy: { value: radiusProxyId },
  }),
  RadiusProxyMappings: ({ radiusProxyId, appId }) => ({
    radiusProxy: { value: radiusProxyId },
    radiusApp: { value: appId },
  }),
  Rules: () => ({
    policyType: { value: 'SignOn' },
    conditionGroup: { value: 'AlwaysTrueCondition', type: 'Condition' },
    return: [{ name: 'effect', value: 'ALLOW' }],
  }),
  SecurityQuestions: () => ({
    type: 'custom',
    questionText: [{ locale: 'en', default: true, value: 'What is your favorite dog breed?' }],
  }),
  SelfRegistrationProfiles: () => ({
    displayName: [{ locale: 'en', value: 'Register', default: true }],
    redirectUrl: 'https://shop.example/welcome',
    emailTemplate: { value: 'admin.me.register.success' },
  }),
  SmtpCredentials: user,
  UserDbCredentials: (prepared) => ({ ...user(prepared), dbPassword: password }),
  // The schema requires a user, who has to be the caller.
  MyUserDbCredentials: ({ callerId }) => ({ dbPassword: password, user: { value: callerId } }),
  Users: () => ({
    userName: 'jane@example.com',
    name: { familyName: 'Roe' },
    emails: [
      { value: 'jane@example.com', type: 'work', primary: true },
      { value: 'jane@example.com', type: 'recovery' },
    ],
  }),
};

/** What PATCH and PUT change, and what a read shows then. */
export interface Change {
  /** Path of a PATCH's replace. */
  readonly path: string;
  readonly value: Wire;
  /** A fragment of the resource afterwards; with the path as its only member when there is nothing more to say. */
  readonly shows?: Wire;
  /** Afterwards it is no longer one of its kind, and 404. */
  readonly ends?: true;
}

const MAPPING = { idcsAttributeName: 'nickName', managedObjectAttributeName: '$(assertion.nick)' };
const CUSTOM_ATTRIBUTE = { name: 'badge', type: 'string', idcsDisplayName: 'Badge', idcsMaxLength: 40 };

/** The change of an endpoint, where it is not a new description or name. */
export const CHANGES: Readonly<Record<string, Change>> = {
  AccountRecoverySettings: { path: 'lockoutDuration', value: 40 },
  ApprovalWorkflowSteps: { path: 'order', value: 2 },
  AuthenticationFactorSettings: { path: 'hideBackupFactorEnabled', value: true },
  Grants: { path: 'tags', value: [{ key: 'team', value: 'blue' }] },
  IdentityProofingProviderTemplates: { path: 'verificationUrl', value: 'https://proof.example/other' },
  IdentitySettings: { path: 'primaryEmailRequired', value: false },
  KmsiSettings: { path: 'tokenValidityInDays', value: 60 },
  MappedAttributes: { path: 'attributeMappings', value: [MAPPING] },
  MyDevices: { path: 'displayName', value: 'Mail of mine' },
  MyPendingApprovals: { path: 'status', value: 'APPROVED', ends: true },
  MyRequests: { path: 'action', value: 'CANCEL', shows: { status: 'CANCELED' } },
  NotificationSettings: { path: 'testModeEnabled', value: false },
  Schemas: { path: 'attributes', value: [CUSTOM_ATTRIBUTE] },
  SecurityQuestions: { path: 'active', value: true },
  SecurityQuestionSettings: { path: 'minAnswerLength', value: 8 },
  SelfRegistrationProfiles: { path: 'showOnLoginPage', value: true },
  Settings: { path: 'preferredLanguage', value: 'fr' },
  UserAttributesSettings: {
    path: 'attributeSettings[name eq "title"].endUserMutability',
    value: 'readOnly',
    shows: { attributeSettings: expect.arrayContaining([expect.objectContaining({ name: 'title' })]) },
  },
};

/** Which resource is read and changed, where it is neither the created one nor the first of the list. */
export const IDS: Readonly<Record<string, string>> = {
  Schemas: 'urn:ietf:params:scim:schemas:idcs:extension:custom:User',
};

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const REGISTRATION = `${IDCS}extension:selfRegistration:User`;
/** What who registers says. */
const REGISTERED = ['userName', 'name.familyName', 'emails[primary eq true and type eq "work"].value'];

/** Makes it, by the admin API. */
export async function prepare(
  domain: Domain,
  server: string,
  { userId: callerId }: ApiKeyUser,
  call: CallOf,
  callAsOther: CallOf,
): Promise<Prepared> {
  const make = (endpoint: string, schema: string, body: object): Promise<Wire> =>
    domain.admin('POST', `/${endpoint}`, { schemas: [schema.includes(':') ? schema : IDCS + schema], ...body });
  const group = (displayName: string, more: object = {}) =>
    make('Groups', 'urn:ietf:params:scim:schemas:core:2.0:Group', { displayName, ...more });
  const user = await make('Users', USER, {
    userName: 'john@example.com',
    name: { familyName: 'Doe' },
    emails: [{ value: 'john@example.com', type: 'work', primary: true }],
  });
  const plain = await group('Plain');
  const requestables = ['First', 'Second', 'Third'].map((name) =>
    group(name, { [`${IDCS}extension:requestable:Group`]: { requestable: true } }),
  );
  const [requestable, asked, allowed] = await Promise.all(requestables);
  const app = await domain.registerClient({ allowedGrants: ['client_credentials'] });
  const role = await make('AppRoles', 'AppRole', { displayName: 'Reader', app: { value: app.appId } });
  const cloudGate = await make('CloudGates', 'CloudGate', { displayName: 'Prepared gate' });
  const cloudGateServer = await make('CloudGateServers', 'CloudGateServer', {
    displayName: 'Prepared server',
    hostName: 'gate.example',
    port: 4443,
    ssl: true,
    cloudGate: { value: cloudGate.id },
  });
  const radiusProxy = await make('RadiusProxies', 'RadiusProxy', { displayName: 'Prepared proxy' });
  const step = await make('ApprovalWorkflowSteps', 'ApprovalWorkflowStep', {
    order: 1,
    type: 'regular',
    approvers: [callerId, user.id].map((value) => ({ value, type: 'User' })),
  });
  const workflow = await make('ApprovalWorkflows', 'ApprovalWorkflow', {
    name: 'Prepared workflow',
    maxDuration: { value: 1, unit: 'WEEK' },
    approvalWorkflowSteps: [{ value: step.id }],
  });
  await make('IdentityProviders', 'IdentityProvider', {
    partnerName: 'Prepared provider',
    enabled: false,
    type: 'SAML',
    partnerProviderId: 'https://prepared.example',
  });
  await make(
    'IdentityProofingProviderTemplates',
    'IdentityProofingProviderTemplate',
    proofingTemplate('Prepared proof'),
  );
  await make('IdentityProofingProviders', 'IdentityProofingProvider', {
    name: 'Prepared proofing',
    ...CREATES['IdentityProofingProviders']!({} as Prepared),
  });
  await domain.admin('PUT', `/UserPasswordChanger/${callerId}`, {
    schemas: [`${IDCS}UserPasswordChanger`],
    password,
  });
  // Another user asks for two groups, and the caller allows the first request: nobody approves their own.
  for (const { id } of [allowed, asked, requestable]) {
    await make('ApprovalWorkflowAssignments', 'ApprovalWorkflowAssignment', {
      assignmentType: 'MEMBERSHIP',
      approvalWorkflow: { value: workflow.id, type: 'ApprovalWorkflow' },
      assignedTo: { value: id, type: 'Group' },
    });
    if (id === requestable.id) continue;
    await callAsOther('MyRequests', 'create', {
      body: { schemas: [`${IDCS}Request`], justification: 'I need it', requesting: { value: id, type: 'Group' } },
    });
    if (id !== allowed.id) continue;
    const pending = await call('MyPendingApprovals', 'list');
    const Operations = [{ op: 'replace', path: 'status', value: 'APPROVED' }];
    await call('MyPendingApprovals', 'patch', {
      id: pending?.body.Resources[0].id,
      body: { schemas: [PATCH_OP], Operations },
    });
  }
  const profile = await make('SelfRegistrationProfiles', 'SelfRegistrationProfile', {
    name: 'Prepared profile',
    displayName: [{ locale: 'en', value: 'Register', default: true }],
    active: true,
    activationEmailRequired: true,
    numberOfDaysRedirectUrlIsValid: 3,
    showOnLoginPage: false,
    redirectUrl: 'https://shop.example/welcome',
    consentTextPresent: false,
    emailTemplate: { value: 'admin.me.register.success' },
    userAttributes: REGISTERED.map((path, at) => ({ value: `${USER}:${path}`, seqNumber: at + 1 })),
  });
  // Its consent is what there is to list.
  await make('RestoreOciConsolePolicy', 'RestoreOciConsolePolicy', { consent: true, reason: 'to begin with' });
  await domain.admin('PATCH', '/AuthenticationFactorSettings/AuthenticationFactorSettings', {
    schemas: [PATCH_OP],
    Operations: [{ op: 'replace', path: 'smsEnabled', value: true }],
  });
  const enroll: Prepared['enroll'] = (factor) => enrollFactor(domain.url, callerId, factor, call);
  // The last device of a user can't be deleted.
  await enroll('EMAIL');
  await enroll('SMS');
  return {
    enroll,
    callerId,
    userId: user.id,
    groupId: plain.id,
    requestableGroupId: requestable!.id,
    appId: app.appId,
    clientId: app.id,
    appRoleId: role.id,
    certificate: await (await fetch(`${server}/_emulator/ca.pem`)).text(),
    cloudGateId: cloudGate.id,
    cloudGateServerId: cloudGateServer.id,
    radiusProxyId: radiusProxy.id,
    workflowId: workflow.id,
    registrationProfileId: profile.id,
  };
}

/** The enroller is no operation of the SDK; the initiator and the validator are. */
async function enrollFactor(url: string, userId: string, factor: 'EMAIL' | 'SMS', call: CallOf): Promise<void> {
  const phone = factor === 'SMS' ? { countryCode: '+44', phoneNumber: '1122334455', displayName: 'Phone' } : {};
  const post = async (path: string, body: object, headers: Record<string, string> = {}): Promise<Wire> => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return answer.json();
  };
  const { access_token: token } = await post('/_emulator/tokens', {
    userName: 'ada@example.com',
    scope: 'urn:opc:idm:__myscopes__',
  });
  const { deviceId, requestId } = await post(
    '/admin/v1/MyAuthenticationFactorEnroller',
    { schemas: [`${IDCS}AuthenticationFactorEnroller`], user: { value: userId }, authnFactors: [factor], ...phone },
    { authorization: `Bearer ${token}` },
  );
  const to = factor === 'SMS' ? '%2B441122334455' : 'ada@example.com';
  const agent = { createTrustedAgent: true, name: 'Browser of mine' };
  for (const [scenario, more] of [['ENROLLMENT', { requestId }] as const, ['AUTHENTICATION', {}] as const]) {
    const device = { deviceId, authFactor: factor };
    const initiated = await call('MyAuthenticationFactorInitiator', 'create', {
      body: { schemas: [`${IDCS}AuthenticationFactorInitiator`], userName: 'ada@example.com', ...device, ...more },
    });
    const inbox: Wire = await (await fetch(`${url}/_emulator/messages?to=${to}`)).json();
    const body = { ...device, scenario, requestId: initiated?.body.requestId, otpCode: inbox.messages[0].code };
    await call('MyAuthenticationFactorValidator', 'create', {
      body: {
        schemas: [`${IDCS}AuthenticationFactorValidator`],
        ...body,
        ...(scenario === 'AUTHENTICATION' ? agent : {}),
      },
    });
  }
}

/** Calls the endpoint's operation of that verb. */
/** Calls any operation. */
type CallOf = (endpoint: string, ...given: Parameters<Call>) => ReturnType<Call>;
type Call = (verb: Verb, given?: Parameters<SdkSession['call']>[1]) => Promise<Outcome | null>;

const put =
  (schema: string, body: Body) =>
  ({ userId }: Prepared, call: Call) =>
    call('put', { id: userId, body: { schemas: [IDCS + schema], ...body } });
const post = (schema: string, body: (prepared: Prepared) => Body) => (prepared: Prepared, call: Call) =>
  call('create', { body: { schemas: [IDCS + schema], ...body(prepared) } });

/** Endpoints that are no collection of resources: what is called, in order. */
export const ACTIONS: Readonly<Record<string, (prepared: Prepared, call: Call) => Promise<unknown>>> = {
  AppStatusChanger: async ({ appId }, call) => {
    for (const active of [false, true]) {
      await call('put', { id: appId, body: { schemas: [`${IDCS}AppStatusChanger`], active } });
    }
  },
  AuthenticationFactorsRemover: post('AuthenticationFactorsRemover', ({ userId }) => ({
    user: { value: userId },
    type: 'MFA',
  })),
  Me: async ({ registrationProfileId }, call) => {
    const created = await call('create', {
      body: {
        schemas: [USER, REGISTRATION],
        userName: 'self@example.com',
        password,
        name: { familyName: 'Self' },
        emails: [{ value: 'self@example.com', type: 'work', primary: true }],
        [REGISTRATION]: { selfRegistrationProfile: { value: registrationProfileId } },
      },
    });
    expect(created).toMatchObject({ status: 201, body: { userName: 'self@example.com', active: false } });
    const read = await call('get');
    await call('put', { body: { ...read?.body, displayName: 'Ada' } });
    const Operations = [{ op: 'replace', path: 'displayName', value: 'Ada Lovelace' }];
    await call('patch', { body: { schemas: [PATCH_OP], Operations } });
    return call('get');
  },
  MePasswordChanger: (_prepared, call) =>
    call('put', {
      body: { schemas: [`${IDCS}MePasswordChanger`], oldPassword: password, password: 'Oyster-Cabbages-88' },
    }),
  MyAuthenticationFactorsRemover: post('AuthenticationFactorsRemover', ({ callerId }) => ({
    user: { value: callerId },
  })),
  MyAuthenticationFactorInitiator: ({ enroll }) => enroll('EMAIL'),
  MyAuthenticationFactorValidator: ({ enroll }) => enroll('SMS'),
  RestoreOciConsolePolicy: post('RestoreOciConsolePolicy', () => ({ consent: true, reason: 'locked out' })),
  UserCapabilitiesChanger: put('UserCapabilitiesChanger', { canUseApiKeys: false }),
  UserPasswordChanger: put('UserPasswordChanger', { password }),
  UserPasswordResetter: put('UserPasswordResetter', { bypassNotification: true }),
  UserStatusChanger: put('UserStatusChanger', { active: false }),
  VerificationClaims: post('VerificationClaim', () => ({ oidcProvider: 'Prepared proof' })),
};

import { newId, newOcid } from '../ids.ts';
import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import type { Behaviour, Draft } from './behaviour.ts';
import { authorOf } from './pipeline/author.ts';
import type { RequestContext } from './request-context.ts';

/*
 * The sign-on policy of the OCI Console, and the consents that administrators give when they change it. A new domain here has none,
 * as the recorded lists have none (main-0380): RestoreOciConsolePolicy makes it, or puts back what it was made with.
 * What it says, and the ids, are inferred: Oracle's documentation calls it "Security Policy for OCI Console", with a rule that wants
 * second factors of administrators and one that wants them of everybody.
 */

const POLICY_ID = 'OciConsolePolicy';
const CONSENT = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:ociconsolesignonpolicyconsent:Policy';
const RETURNS = [
  { name: 'effect', value: 'ALLOW' },
  { name: 'authenticationFactor', value: 'IDP+2FA' },
  { name: '2FAFactors', value: '["TOPT","PUSH","BYPASSCODE","FIDO"]' },
  { name: '2FAFrequency', value: 'SESSION' },
  { name: 'reAuthenticate', value: 'false' },
  { name: 'allowUserToSkip2FAEnrolment', value: 'false' },
];
const KEPT = { idcsPreventedOperations: ['delete'] };

/** What the policy is made of, in an order in which everything refers to what is there. */
const FACTORY: readonly {
  readonly type: string;
  readonly id: string;
  readonly ocid: string;
  readonly data: JsonObject;
}[] = [
  {
    type: 'Condition',
    id: 'OciConsoleAdministratorsCondition',
    ocid: 'domaincondition',
    data: {
      name: 'Administrators of the OCI Console',
      attributeName: 'user.urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User:appRoles[*].adminRole',
      operator: 'co',
      attributeValue: '["true"]',
      ...KEPT,
    },
  },
  {
    type: 'Rule',
    id: 'OciConsoleAdministratorsRule',
    ocid: 'domainrule',
    data: {
      name: 'MFA for administrators',
      policyType: { value: 'SignOn' },
      conditionGroup: { value: 'OciConsoleAdministratorsCondition', type: 'Condition' },
      return: RETURNS,
      ...KEPT,
    },
  },
  {
    type: 'Rule',
    id: 'OciConsoleUsersRule',
    ocid: 'domainrule',
    data: {
      name: 'MFA for all users',
      policyType: { value: 'SignOn' },
      conditionGroup: { value: 'DefaultSignOnCondition', type: 'Condition' },
      return: RETURNS,
      ...KEPT,
    },
  },
  {
    type: 'Policy',
    id: POLICY_ID,
    ocid: 'domainpolicy',
    data: {
      name: 'Security Policy for OCI Console',
      active: true,
      policyType: { value: 'SignOn' },
      rules: [
        { value: 'OciConsoleAdministratorsRule', sequence: 1 },
        { value: 'OciConsoleUsersRule', sequence: 2 },
      ],
      ...KEPT,
    },
  },
];

/** RestoreOciConsolePolicy: what the OCI Console's policy was made with, again; with a consent that says who did it and why. */
export const restoreOciConsolePolicyBehaviour: Behaviour = {
  type: 'RestoreOciConsolePolicy',
  actions: {
    async create(context, { data, transient }) {
      const sent = (name: string) => transient.get(name) ?? data[name];
      if (sent('consent') !== true) throw badRequest('RestoreOciConsolePolicy.consent must be true.');
      const reason = String(sent('reason'));
      if (reason.trim() === '') throw badRequest('RestoreOciConsolePolicy.reason must say why.');
      const policy = await context.store.transaction(async (session) => {
        let restored: Changed | null = null;
        for (const part of FACTORY) restored = await restore(context, session, part);
        await session.domains.bumpEpoch(context.domain.id);
        const consent = { changeType: 'RESTORED_TO_FACTORY_DEFAULT', justification: reason, reason } as const;
        await recordConsent(context, session, restored!, restored!, consent);
        return restored!;
      });
      return {
        status: 201,
        locationKey: null,
        data: { id: policy.id, ...(policy.ocid === null ? {} : { ocid: policy.ocid }) },
      };
    },
  },
};

/** What was written. */
type Changed = Pick<StoredResource, 'id' | 'ocid' | 'type'>;

async function restore(
  context: RequestContext,
  session: StoreSession,
  { type: typeName, id, ocid: kind, data: factory }: (typeof FACTORY)[number],
): Promise<Changed> {
  const type = resourceType(typeName);
  const { domain, clock, ids } = context;
  const before = await session.resources.readWithSecret(domain.id, typeName, id, { lock: true });
  const author = authorOf(context);
  const idcsCreatedBy = before?.data['idcsCreatedBy'] ?? author;
  const data = { ...factory, idcsCreatedBy, idcsLastModifiedBy: { ...author } };
  const ocid = before === null ? newOcid(ids, kind) : before.ocid;
  const row = { type, id, ocid, version: newId(ids), lastModified: clock.now(), data };
  if (before === null) await session.resources.insert(domain.id, row, clock.now());
  else await session.resources.update(domain.id, row, null);
  return { id, ocid, type: typeName };
}

/**
 * After a change of the OCI Console's policy, or of a part that it was made with: keeps the consent that came with it.
 * @throws ScimError 400 when none came (inferred)
 */
export async function consentToChange(
  context: RequestContext,
  session: StoreSession,
  { id, ocid, type }: Changed,
  draft: Draft | null,
): Promise<void> {
  if (draft === null || context.byService === true || !FACTORY.some((part) => part.id === id && part.type === type))
    return;
  const sent = (name: string) => draft.transient.get(`${CONSENT}:${name}`);
  const justification = sent('justification');
  if (sent('consent') !== true || typeof justification !== 'string') {
    throw badRequest(
      `${type}.consent must be true, with a justification, for a change of the OCI Console's sign-on policy (${CONSENT}).`,
    );
  }
  const policy = await session.resources.read(context.domain.id, 'Policy', POLICY_ID);
  const reason = sent('reason');
  await recordConsent(context, session, { id, ocid, type }, policy ?? { id: POLICY_ID, ocid: null, type: 'Policy' }, {
    changeType: 'MODIFIED',
    justification,
    ...(typeof reason === 'string' ? { reason } : {}),
  });
}

async function recordConsent(
  context: RequestContext,
  session: StoreSession,
  modified: Changed,
  policy: Changed,
  what: {
    readonly changeType: 'MODIFIED' | 'RESTORED_TO_FACTORY_DEFAULT';
    readonly justification: string;
    readonly reason?: string;
  },
): Promise<void> {
  const { domain, clock, ids, caller, request } = context;
  const author = authorOf(context);
  const ocidOf = (ocid: string | null) => (ocid === null ? {} : { ocid });
  const data: JsonObject = {
    consentSignedBy: { value: caller.id, ...ocidOf(caller.ocid), displayName: caller.display, type: caller.type },
    modifiedResource: { value: modified.id, ...ocidOf(modified.ocid), type: modified.type },
    policyResource: { value: policy.id, ...ocidOf(policy.ocid) },
    clientIp: request?.clientIp ?? '127.0.0.1',
    timeConsentSigned: new Date(clock.now()).toISOString(),
    notificationRecipients: await recipients(context, session),
    ...what,
    idcsCreatedBy: author,
    idcsLastModifiedBy: { ...author },
  };
  const row = { type: resourceType('OciConsoleSignOnPolicyConsent'), id: newId(ids), ocid: null, version: newId(ids) };
  await session.resources.insert(domain.id, { ...row, lastModified: clock.now(), data }, clock.now());
}

/** Who is told: the domain's contacts, and who changed it. That mails are sent is not known, and none is. */
async function recipients({ domain, caller }: RequestContext, session: StoreSession): Promise<JsonValue[]> {
  const { contactEmails } = domain.settings;
  const contacts = Array.isArray(contactEmails) ? contactEmails : [];
  const user = caller.type === 'User' ? await session.resources.read(domain.id, 'User', caller.id) : null;
  const own = user === null ? null : emailOf(user.data);
  return [...new Set([...contacts, ...(own === null ? [] : [own])])];
}

function emailOf({ emails }: JsonObject): string | null {
  const all = Array.isArray(emails) ? emails.filter(isObject) : [];
  const value = (all.find(({ primary }) => primary === true) ?? all[0])?.['value'];
  return typeof value === 'string' ? value : null;
}

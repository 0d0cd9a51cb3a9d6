import { isActiveCode } from '../../factors/bypass-use.ts';
import { newDigits } from '../../factors/digits.ts';
import { type FactorSettings, factorSettings } from '../../factors/factor-settings.ts';
import { notify } from '../../notifications/notify.ts';
import { holdsRight } from '../../schemas/permissions.ts';
import { badRequest } from '../../scim/errors.ts';
import type { JsonObject, JsonValue } from '../../scim/json.ts';
import type { StoredResource, StoreSession } from '../../store/store.ts';
import type { Behaviour, ComputedAttribute, Draft } from '../behaviour.ts';
import type { RequestContext } from '../request-context.ts';
import { mayActOnUser, refuseStrongerUser } from '../stronger-principals.ts';
import { credentialsOf, ownerOf } from '../user-credential.ts';

/*
 * Bypass codes: a way past the second factor for who has lost it. A user makes one, good for one use; the help desk makes one that
 * runs out. The code is shown again (main-0311), so it is sealed and not hashed.
 */

const TYPE = 'BypassCode';
const SETTINGS = 'bypassCodeSettings';
const MINUTE = 60_000;

/** BypassCode, and MyBypassCode as its twin. */
export const bypassCodeBehaviour: Behaviour = {
  type: TYPE,
  prepareCreate,
  async beforeDelete(context, _session, resource) {
    await refuseStrongerUser(context, ownerOf(resource.data));
  },
  async afterWrite(context, session, { kind, resource, draft }) {
    if (kind !== 'create') return;
    await checkNumber(context, session, resource);
    await tell(context, session, resource, draft);
  },
  computed: { code: { load: loadCodes } },
};

async function prepareCreate(context: RequestContext, draft: Draft): Promise<void> {
  const { caller, ids, secrets } = context;
  const settings = await factorSettings(context);
  if (!settings.isOn('bypassCodeEnabled')) {
    throw badRequest('Bypass codes are disabled. AuthenticationFactorSettings.bypassCodeEnabled turns them on.');
  }
  const owner = ownerOf(draft.data);
  await refuseStrongerUser(context, owner);
  if (caller.id === owner) completeOwn(settings, draft.data);
  else completeHelpDesk(context, settings, draft.data);
  draft.data['actualUsageCount'] = 0;
  const code = newDigits(ids, settings.number(SETTINGS, 'length', 12));
  draft.secret = { code: secrets.seal(code) };
  draft.once = { code };
}

/** IDCS: main-0311: a user's own code is good for one use, and shows neither a type nor an end. */
function completeOwn(settings: FactorSettings, data: JsonObject): void {
  requireGeneration(settings, 'selfServiceGenerationEnabled');
  if (data['maxUsageCount'] !== undefined && data['maxUsageCount'] !== 1) {
    throw badRequest('BypassCode.maxUsageCount must be 1 for a code that a user generates.');
  }
  data['maxUsageCount'] = 1;
}

/** Inferred from the names of the settings: codes of the help desk are good for so long and so often at most. */
function completeHelpDesk({ clock }: RequestContext, settings: FactorSettings, data: JsonObject): void {
  requireGeneration(settings, 'helpDeskGenerationEnabled');
  data['type'] ??= 'HELPDESK';
  const most = data['validForOneTimeUse'] === true ? 1 : settings.number(SETTINGS, 'helpDeskMaxUsage', 5);
  const count = Number(data['maxUsageCount'] ?? 1);
  data['maxUsageCount'] = count;
  if (count > most) throw badRequest(`BypassCode.maxUsageCount must be at most ${most}; it is ${count}.`);
  const now = clock.now();
  const last = now + settings.number(SETTINGS, 'helpDeskCodeExpiryInMins', 60) * MINUTE;
  const expiresOn = data['expiresOn'];
  if (typeof expiresOn !== 'string') {
    data['expiresOn'] = new Date(last).toISOString();
    return;
  }
  const asked = Date.parse(expiresOn);
  if (asked > now && asked <= last) return;
  throw badRequest(`BypassCode.expiresOn must be after now and not after ${new Date(last).toISOString()}.`);
}

function requireGeneration(settings: FactorSettings, flag: string): void {
  if (!settings.flag(SETTINGS, flag)) {
    throw badRequest(`Bypass codes can not be generated: AuthenticationFactorSettings.${SETTINGS}.${flag} is false.`);
  }
}

/** Counts under the user's lock, so that of several creates at once none gets past the limit. */
async function checkNumber(context: RequestContext, session: StoreSession, created: StoredResource): Promise<void> {
  const { domain, clock } = context;
  const most = (await factorSettings(context)).number(SETTINGS, 'maxActive', 5);
  const owner = ownerOf(created.data);
  await session.resources.readWithSecret(domain.id, 'User', owner, { lock: true });
  const codes = await credentialsOf(session, domain.id, TYPE, owner);
  if (codes.filter(({ data }) => isActiveCode(data, clock.now())).length <= most) return;
  throw badRequest(
    `The user has reached the maximum of ${most} active bypass codes (AuthenticationFactorSettings.${SETTINGS}.maxActive).`,
  );
}

/** IDCS: About Email Notifications: the user is mailed the code, whoever generated it. */
async function tell(
  context: RequestContext,
  session: StoreSession,
  { data }: StoredResource,
  draft: Draft | null,
): Promise<void> {
  const user = await session.resources.read(context.domain.id, 'User', ownerOf(data));
  const code = draft?.once?.['code'];
  if (user === null || typeof code !== 'string') return;
  const { expiresOn, maxUsageCount } = data;
  const variables = {
    'bypasscode.value': code,
    'bypasscode.usage': String(maxUsageCount ?? 1),
    'bypasscode.expiry':
      typeof expiresOn === 'string'
        ? String(Math.round((Date.parse(expiresOn) - context.clock.now()) / MINUTE))
        : undefined,
  };
  await notify(context, user, { event: 'authentication.bypasscode.notification', code, variables }, session);
}

/** The codes, for their owners and who could make others anyway: the code of an administrator would lead past his second factor. */
async function loadCodes(
  ...[context, session, resources]: Parameters<ComputedAttribute['load']>
): Promise<ReadonlyMap<string, JsonValue>> {
  const { domain, secrets } = context;
  const ids = resources.map(({ id }) => id);
  const stored = await session.resources.readSecrets(domain.id, TYPE, ids);
  const values = new Map<string, JsonValue>();
  for (const { id, data } of resources) {
    const sealed = stored.get(id)?.['code'];
    if (typeof sealed === 'string' && (await mayKnow(context, ownerOf(data)))) values.set(id, secrets.open(sealed));
  }
  return values;
}

async function mayKnow(context: RequestContext, owner: string): Promise<boolean> {
  const { caller } = context;
  if (caller.type === 'User' && caller.id === owner) return true;
  return holdsRight(caller.roles, 'BypassCodes', 'create') && (await mayActOnUser(context, owner));
}

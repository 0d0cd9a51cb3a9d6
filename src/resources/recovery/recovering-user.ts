import { createHmac } from 'node:crypto';
import { devicesOf, factorsOf } from '../../factors/device.ts';
import { maskedNumber } from '../../factors/masks.ts';
import { questionsOf } from '../../factors/security-answers.ts';
import { badRequest } from '../../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import { isRecoveryClosed } from '../factors/recovery-attempts.ts';
import type { RequestContext } from '../request-context.ts';
import { singletonData } from '../singleton.ts';
import { USER_URN } from '../user-urns.ts';

/** The ways of AccountRecoverySettings.factors that lead to a forgotten password. */
export const WAYS = ['email', 'sms', 'secquestions'] as const;
export type RecoveryWay = (typeof WAYS)[number];

type Row = StoredResource & { readonly secret: JsonObject | null };
type RecoveryContext = Pick<RequestContext, 'store' | 'domain' | 'clock'>;

/** A telephone to which a code can be sent. */
export interface RecoveryPhone {
  readonly deviceId: string;
  readonly number: string;
  readonly masked: string;
}

/** The ways that the domain allows, in the order of the settings. */
export async function allowedWays({ store, domain }: Pick<RequestContext, 'store' | 'domain'>): Promise<RecoveryWay[]> {
  const { factors } = await singletonData(store, domain, 'AccountRecoverySettings');
  const allowed = Array.isArray(factors) ? factors : [];
  return WAYS.filter((way) => allowed.includes(way));
}

/** @throws ScimError 400 for a way that the domain does not allow */
export async function requireWay(context: RecoveryContext, attribute: string, way: JsonValue): Promise<RecoveryWay> {
  const ways = await allowedWays(context);
  const found = ways.find((each) => each === way);
  if (found !== undefined) return found;
  throw badRequest(
    `${attribute} must be one of AccountRecoverySettings.factors: ${ways.join(', ') || 'there are none'}.`,
  );
}

/**
 * The user of a name who may have a new password; null: there is none, the account is deactivated, its password is kept elsewhere, or
 * there were too many wrong tries.
 */
export async function recoveringUser(context: RecoveryContext, userName: string): Promise<Row | null> {
  const user = await context.store.resources.readByName(context.domain.id, 'User', userName);
  if (user === null || user.data['active'] !== true || !hasOwnPassword(user.data)) return null;
  return (await isRecoveryClosed(context, user.data)) ? null : user;
}

/** Mail addresses that a link may be sent to, the recovery address first. */
export function recoveryAddresses({ data }: Pick<StoredResource, 'data'>): readonly string[] {
  const emails = (Array.isArray(data['emails']) ? data['emails'] : []).filter(isObject);
  const by = (wanted: (email: JsonObject) => boolean) => emails.filter(wanted).map(({ value }) => String(value));
  const found = [...by(({ type }) => type === 'recovery'), ...by(({ primary }) => primary === true)];
  return [...new Map(found.map((address) => [address.toLowerCase(), address])).values()];
}

/** The telephone that a code is sent to: an enrolled one, else the user's recovery number; null: there is none. */
export async function recoveryPhone(
  { store, domain }: RecoveryContext,
  user: Pick<StoredResource, 'id' | 'data'>,
): Promise<RecoveryPhone | null> {
  // Also one that was enrolled for nothing but this.
  const devices = (await devicesOf(store, domain.id, user.id)).filter(({ data }) => data['status'] === 'ENROLLED');
  const device = devices.find((each) => factorsOf(each).includes('SMS'));
  if (device !== undefined) {
    const [country, number] = [String(device.data['countryCode'] ?? ''), String(device.data['phoneNumber'])];
    return { deviceId: device.id, number: `${country}${number}`, masked: maskedNumber(number, country) };
  }
  const numbers = (Array.isArray(user.data['phoneNumbers']) ? user.data['phoneNumbers'] : []).filter(isObject);
  const number = numbers.find(({ type }) => type === 'recovery')?.['value'];
  if (typeof number !== 'string') return null;
  return { deviceId: madeUp(user.id, 'phone').slice(0, 32), number, masked: maskedNumber(number, '') };
}

/** Whether a user can be asked security questions. */
export function hasQuestions({ data }: Pick<StoredResource, 'data'>): boolean {
  return questionsOf(data).length > 0;
}

/** IDCS: shapes.md §6: `****@example.com`. */
export function maskedRecoveryAddress(address: string): string {
  return `****${address.slice(address.lastIndexOf('@'))}`;
}

/** The masked address of a name that nobody has: of a name which is an address its own, else always the same, nobody's. */
export function madeUpAddress(userName: string): string {
  return maskedRecoveryAddress(userName.includes('@') ? userName : '@example.com');
}

/** Text that is the same each time and tells nothing. */
export function madeUp(secret: string, about: string): string {
  return createHmac('sha256', secret).update(about).digest('hex');
}

function hasOwnPassword(data: JsonObject): boolean {
  const extension = data[USER_URN];
  return !isObject(extension) || (extension['serviceUser'] !== true && extension['isFederatedUser'] !== true);
}

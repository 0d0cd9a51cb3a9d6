import { badRequest, type ScimError } from '../../scim/errors.ts';
import { isObject, type JsonObject } from '../../scim/json.ts';
import type { RequestContext } from '../request-context.ts';
import { singletonData } from '../singleton.ts';

/** What AuthenticationFactorSettings say, part by part. A part that is missing has its default. */
export interface FactorSettings {
  /** @param name a boolean of the settings themselves: `smsEnabled` */
  isOn(name: string): boolean;
  /** @param part `totpSettings`, `bypassCodeSettings` ... */
  number(part: string, name: string, otherwise: number): number;
  flag(part: string, name: string): boolean;
  text(part: string, name: string, otherwise: string): string;
}

/** The domain's settings of second factors. */
export async function factorSettings({
  store,
  domain,
}: Pick<RequestContext, 'store' | 'domain'>): Promise<FactorSettings> {
  const data = await singletonData(store, domain, 'AuthenticationFactorSettings');
  const value = (part: string, name: string) => {
    const settings = data[part];
    return isObject(settings) ? settings[name] : undefined;
  };
  return {
    isOn: (name) => data[name] === true,
    number(part, name, otherwise) {
      const number = value(part, name);
      return typeof number === 'number' ? number : otherwise;
    },
    flag: (part, name) => value(part, name) === true,
    text(part, name, otherwise) {
      const text = value(part, name);
      return typeof text === 'string' ? text : otherwise;
    },
  };
}

/** The setting that turns a factor on. */
const SWITCHES: { readonly [factor: string]: string } = {
  SMS: 'smsEnabled',
  EMAIL: 'emailEnabled',
  TOTP: 'totpEnabled',
  PUSH: 'pushEnabled',
  SECURITY_QUESTIONS: 'securityQuestionsEnabled',
  BYPASSCODE: 'bypassCodeEnabled',
};

/** Factors that this build can do something with. */
export type Factor = 'SMS' | 'EMAIL' | 'TOTP' | 'PUSH' | 'SECURITY_QUESTIONS' | 'BYPASSCODE';

/** @throws ScimError 400 for a factor that the domain has turned off, or that needs somebody whom an emulator can't ask */
export function requireFactor(settings: FactorSettings, factor: string): asserts factor is Factor {
  const name = SWITCHES[factor];
  if (name === undefined) throw badRequest(`The ${factor} factor is not supported here.`);
  if (!settings.isOn(name)) throw factorDisabled(factor, name);
}

/** IDCS: errors.tsv AUTH-1125 has these words for the MFA API; that this API refuses it too is inferred. */
function factorDisabled(factor: string, name: string): ScimError {
  return badRequest(`The ${factor} factor has been disabled. AuthenticationFactorSettings.${name} turns it on.`);
}

/** The part of a resource's data under a URN or name, as an object. */
export function partOf(data: JsonObject, name: string): JsonObject {
  const part = data[name];
  return isObject(part) ? part : {};
}

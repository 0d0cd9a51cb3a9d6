import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import { singletonBehaviour } from './singleton.ts';

const THIRD_PARTY_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:thirdParty:AuthenticationFactorSettings';

/** AuthenticationFactorSettings: which second factors there are, and their limits. */
export const authenticationFactorSettingsBehaviour = singletonBehaviour(
  'AuthenticationFactorSettings',
  async (_context, _before, { data }) => {
    checkAttempts(data);
    checkDuo(data);
  },
);

/** IDCS: flows.md E4: the two limits of MFA attempts are set together or not at all; without them maxIncorrectAttempts counts. */
function checkAttempts({ endpointRestrictions }: JsonObject): void {
  if (!isObject(endpointRestrictions)) return;
  const { maxMfaIncorrectValidationAttempts: attempts, maxMfaNotificationAttempts: notifications } =
    endpointRestrictions;
  if ((attempts === undefined) === (notifications === undefined)) return;
  throw badRequest(
    'AuthenticationFactorSettings.endpointRestrictions must have both maxMfaIncorrectValidationAttempts and maxMfaNotificationAttempts, or neither.',
  );
}

/** IDCS: flows.md E3: Duo Security is turned on together with its account. */
function checkDuo(data: JsonObject): void {
  const { thirdPartyFactor } = data;
  if (!isObject(thirdPartyFactor) || thirdPartyFactor['duoSecurity'] !== true) return;
  const extension = data[THIRD_PARTY_URN];
  if (isObject(extension) && isObject(extension['duoSecuritySettings'])) return;
  throw badRequest(
    `Missing required attribute(s): ${THIRD_PARTY_URN}:duoSecuritySettings.`,
    'error.common.validation.missingReqAttributes',
  );
}

import { authenticationFactorSettingsBehaviour } from './authentication-factor-settings.ts';
import type { Behaviour } from './behaviour.ts';
import { identitySettingsBehaviour } from './identity-settings.ts';
import { kmsiSettingsBehaviour } from './kmsi-settings.ts';
import { notificationSettingsBehaviour } from './notification-settings.ts';
import { oauthConfigBehaviour } from './oauth-config.ts';
import { securityQuestionSettingsBehaviour } from './security-question-settings.ts';
import { singletonBehaviour } from './singleton.ts';
import { ssoSettingsBehaviour } from './sso-settings.ts';
import { userAttributesSettingsBehaviour } from './user-attributes-settings.ts';

/** The behaviours of the types of which a domain has one resource (singleton.ts). */
export const singletonBehaviours: readonly Behaviour[] = [
  singletonBehaviour('AccountRecoverySettings'),
  authenticationFactorSettingsBehaviour,
  identitySettingsBehaviour,
  kmsiSettingsBehaviour,
  notificationSettingsBehaviour,
  oauthConfigBehaviour,
  securityQuestionSettingsBehaviour,
  ssoSettingsBehaviour,
  userAttributesSettingsBehaviour,
];

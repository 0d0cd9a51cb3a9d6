import { myCompletedApprovalBehaviour, myPendingApprovalBehaviour } from './access-approval.ts';
import { myRequestableGroupBehaviour, myRequestBehaviour } from './access-request.ts';
import { apiKeyBehaviour } from './api-key.ts';
import { appBehaviour } from './app.ts';
import { appClientSecretRegeneratorBehaviour } from './app-client-secret-regenerator.ts';
import { appResourceBehaviour } from './app-resource.ts';
import { appRoleBehaviour } from './app-role.ts';
import { appStatusChangerBehaviour } from './app-status-changer.ts';
import { appTemplateBehaviour } from './app-template.ts';
import {
  approvalWorkflowAssignmentBehaviour,
  approvalWorkflowBehaviour,
  approvalWorkflowStepBehaviour,
} from './approval-workflow.ts';
import { auditEventBehaviour } from './audit-event.ts';
import { asserterBehaviour } from './authenticator/asserter.ts';
import { httpAuthenticatorBehaviour } from './authenticator/http-authenticator.ts';
import { passwordAuthenticatorBehaviour } from './authenticator/password-authenticator.ts';
import type { Behaviour } from './behaviour.ts';
import { bulkUserPasswordChangerBehaviour, bulkUserPasswordResetterBehaviour } from './bulk-user-passwords.ts';
import { cloudGateBehaviour, cloudGateMappingBehaviour, cloudGateServerBehaviour } from './cloud-gate.ts';
import { conditionBehaviour } from './condition.ts';
import { conditionGroupBehaviour } from './condition-group.ts';
import { customClaimBehaviour } from './custom-claim.ts';
import { allowedValueBehaviour } from './discovery/allowed-value.ts';
import { resourceTypeBehaviour } from './discovery/resource-type.ts';
import { schemaBehaviour } from './discovery/schema.ts';
import { schemaAttributeBehaviour } from './discovery/schema-attribute.ts';
import { dynamicResourceGroupBehaviour } from './dynamic-resource-group.ts';
import { bypassCodeBehaviour } from './factors/bypass-code.ts';
import { enrollerBehaviour, myEnrollerBehaviour } from './factors/enroller.ts';
import { factorsRemoverBehaviour, myFactorsRemoverBehaviour } from './factors/factors-remover.ts';
import { initiatorBehaviour, myInitiatorBehaviour } from './factors/initiator.ts';
import {
  meSecurityQuestionAnswerValidatorBehaviour,
  meSecurityQuestionsRetrieverBehaviour,
} from './factors/me-security-questions.ts';
import { deviceBehaviour, myDeviceBehaviour } from './factors/my-device.ts';
import { myTrustedUserAgentBehaviour, trustedUserAgentBehaviour } from './factors/trusted-user-agent.ts';
import { myValidatorBehaviour, validatorBehaviour } from './factors/validator.ts';
import { certificateSigningRequestBehaviour } from './federation/certificate-signing-request.ts';
import {
  identityProofingProviderBehaviour,
  identityProofingProviderTemplateBehaviour,
  verificationClaimBehaviour,
} from './federation/identity-proofing.ts';
import { identityProviderBehaviour } from './federation/identity-provider.ts';
import { mappedAttributeBehaviour } from './federation/mapped-attribute.ts';
import { samlPartnerCertificateBehaviour } from './federation/saml-partner-certificate.ts';
import { serviceProviderBehaviour } from './federation/service-provider.ts';
import { socialIdentityProviderBehaviour } from './federation/social-identity-provider.ts';
import { socialIdentityProviderMetadataBehaviour } from './federation/social-metadata.ts';
import { authTokenBehaviour, customerSecretKeyBehaviour, smtpCredentialBehaviour } from './generated-credentials.ts';
import { grantBehaviour } from './grant.ts';
import { groupBehaviour } from './group.ts';
import { identityPropagationTrustBehaviour } from './identity-propagation-trust.ts';
import { jobHistoryBehaviour } from './job-history.ts';
import { jobScheduleBehaviour } from './job-schedule.ts';
import { meBehaviour } from './me.ts';
import { meEmailVerifiedBehaviour } from './me-email-verified.ts';
import { meEmailVerifierBehaviour } from './me-email-verifier.ts';
import { mePasswordChangerBehaviour } from './me-password-changer.ts';
import { mePasswordMustChangerBehaviour } from './me-password-must-changer.ts';
import { mePasswordResetterBehaviour } from './me-password-resetter.ts';
import { myAccessBehaviour, myAppBehaviour } from './my-app.ts';
import { myAppFavoriteSetterBehaviour } from './my-app-favorite-setter.ts';
import { networkPerimeterBehaviour } from './network-perimeter.ts';
import { oauthClientCertificateBehaviour, oauthPartnerCertificateBehaviour } from './oauth-certificate.ts';
import { oauthConsentBehaviour } from './oauth-consent.ts';
import { oauth2ClientCredentialBehaviour } from './oauth2-client-credential.ts';
import { restoreOciConsolePolicyBehaviour } from './oci-console-policy.ts';
import { passwordPolicyBehaviour } from './password-policy.ts';
import { policyBehaviour } from './policy.ts';
import { radiusProxyBehaviour, radiusProxyListenerBehaviour, radiusProxyMappingBehaviour } from './radius-proxy.ts';
import { mePasswordRecoveryFactorValidatorBehaviour } from './recovery/factor-validator.ts';
import { mePasswordRecoveryOptionRetrieverBehaviour } from './recovery/option-retriever.ts';
import { mePasswordResetRequestorBehaviour } from './recovery/reset-requestor.ts';
import { ruleBehaviour } from './rule.ts';
import { securityQuestionBehaviour } from './security-question.ts';
import { selfRegistrationProfileBehaviour } from './self-registration-profile.ts';
import { settingsBehaviour } from './settings.ts';
import { singletonBehaviours } from './singletons.ts';
import { supportAccountBehaviour } from './support-account.ts';
import { termsOfUseBehaviour, termsOfUseStatementBehaviour } from './terms-of-use.ts';
import { termsOfUseConsentBehaviour } from './terms-of-use-consent.ts';
import { userBehaviour } from './user.ts';
import { userActivationInitiatorBehaviour } from './user-activation-initiator.ts';
import { userCapabilitiesChangerBehaviour } from './user-capabilities-changer.ts';
import { userDbCredentialsBehaviour } from './user-db-credentials.ts';
import { userDeviceBehaviour } from './user-device.ts';
import { userLockedStateChangerBehaviour } from './user-locked-state-changer.ts';
import { userNameGeneratorBehaviour } from './user-name-generator.ts';
import { userPasswordChangerBehaviour } from './user-password-changer.ts';
import { userPasswordGeneratorBehaviour } from './user-password-generator.ts';
import { userPasswordResetterBehaviour } from './user-password-resetter.ts';
import { userPasswordValidatorBehaviour } from './user-password-validator.ts';
import { userStatusChangerBehaviour } from './user-status-changer.ts';
import { userTokenBehaviour } from './user-token.ts';
import { userTokenValidatorBehaviour } from './user-token-validator.ts';

const behaviours: ReadonlyMap<string, Behaviour> = new Map(
  [
    allowedValueBehaviour,
    apiKeyBehaviour,
    approvalWorkflowAssignmentBehaviour,
    approvalWorkflowBehaviour,
    approvalWorkflowStepBehaviour,
    myCompletedApprovalBehaviour,
    myPendingApprovalBehaviour,
    myRequestableGroupBehaviour,
    myRequestBehaviour,
    appBehaviour,
    appTemplateBehaviour,
    appClientSecretRegeneratorBehaviour,
    appRoleBehaviour,
    appStatusChangerBehaviour,
    asserterBehaviour,
    authTokenBehaviour,
    bypassCodeBehaviour,
    enrollerBehaviour,
    initiatorBehaviour,
    validatorBehaviour,
    myEnrollerBehaviour,
    myInitiatorBehaviour,
    myValidatorBehaviour,
    myDeviceBehaviour,
    deviceBehaviour,
    myTrustedUserAgentBehaviour,
    trustedUserAgentBehaviour,
    meSecurityQuestionAnswerValidatorBehaviour,
    meSecurityQuestionsRetrieverBehaviour,
    factorsRemoverBehaviour,
    myFactorsRemoverBehaviour,
    customerSecretKeyBehaviour,
    appResourceBehaviour,
    conditionBehaviour,
    conditionGroupBehaviour,
    cloudGateBehaviour,
    cloudGateMappingBehaviour,
    cloudGateServerBehaviour,
    certificateSigningRequestBehaviour,
    customClaimBehaviour,
    dynamicResourceGroupBehaviour,
    grantBehaviour,
    groupBehaviour,
    httpAuthenticatorBehaviour,
    identityProofingProviderBehaviour,
    identityProofingProviderTemplateBehaviour,
    auditEventBehaviour,
    identityProviderBehaviour,
    identityPropagationTrustBehaviour,
    networkPerimeterBehaviour,
    mappedAttributeBehaviour,
    oauthClientCertificateBehaviour,
    oauthPartnerCertificateBehaviour,
    oauthConsentBehaviour,
    oauth2ClientCredentialBehaviour,
    passwordAuthenticatorBehaviour,
    passwordPolicyBehaviour,
    resourceTypeBehaviour,
    schemaBehaviour,
    schemaAttributeBehaviour,
    policyBehaviour,
    restoreOciConsolePolicyBehaviour,
    ruleBehaviour,
    radiusProxyBehaviour,
    radiusProxyListenerBehaviour,
    radiusProxyMappingBehaviour,
    samlPartnerCertificateBehaviour,
    serviceProviderBehaviour,
    socialIdentityProviderBehaviour,
    socialIdentityProviderMetadataBehaviour,
    verificationClaimBehaviour,
    settingsBehaviour,
    smtpCredentialBehaviour,
    supportAccountBehaviour,
    securityQuestionBehaviour,
    selfRegistrationProfileBehaviour,
    termsOfUseBehaviour,
    termsOfUseConsentBehaviour,
    termsOfUseStatementBehaviour,
    userBehaviour,
    userDbCredentialsBehaviour,
    userDeviceBehaviour,
    jobScheduleBehaviour,
    jobHistoryBehaviour,
    userPasswordChangerBehaviour,
    bulkUserPasswordChangerBehaviour,
    bulkUserPasswordResetterBehaviour,
    meBehaviour,
    myAccessBehaviour,
    myAppBehaviour,
    myAppFavoriteSetterBehaviour,
    meEmailVerifiedBehaviour,
    meEmailVerifierBehaviour,
    mePasswordChangerBehaviour,
    mePasswordMustChangerBehaviour,
    mePasswordResetterBehaviour,
    mePasswordRecoveryFactorValidatorBehaviour,
    mePasswordRecoveryOptionRetrieverBehaviour,
    mePasswordResetRequestorBehaviour,
    userStatusChangerBehaviour,
    userLockedStateChangerBehaviour,
    userCapabilitiesChangerBehaviour,
    userPasswordGeneratorBehaviour,
    userPasswordValidatorBehaviour,
    userNameGeneratorBehaviour,
    userPasswordResetterBehaviour,
    userTokenBehaviour,
    userTokenValidatorBehaviour,
    userActivationInitiatorBehaviour,
    ...singletonBehaviours,
  ].map((behaviour) => [behaviour.type, behaviour]),
);

/** What a resource type does beyond its attribute rules; undefined when its rules are all there is to it. */
export function behaviourOf(typeName: string): Behaviour | undefined {
  return behaviours.get(typeName);
}

/** Extensions of User that this build has behaviour for. */
export const USER_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User';
export const USER_STATE_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User';
export const PASSWORD_STATE_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:passwordState:User';
export const CAPABILITIES_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:capabilities:User';
export const ME_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:me:User';
export const SELF_REGISTRATION_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:selfRegistration:User';

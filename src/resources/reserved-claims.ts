/**
 * Claims that the service itself puts into tokens, or that other parties give a meaning to: whoever could set them could pass for
 * somebody else. IDCS: oauth.md §7.1; RFC 7519 §4.1, RFC 8693 §4, RFC 7800. That they are refused is inferred.
 */
const RESERVED: ReadonlySet<string> = new Set(
  `iss sub aud exp nbf iat jti scope scp azp nonce auth_time acr amr at_hash c_hash s_hash cnf act may_act
  tok_type client_id client_name client_guid client_ocid client_tenantname tenant tenant_iss user.tenant.name
  sub_type sub_mappingattr prn gtp sid sidle session_exp authn_strength acs idp_name idp_guid idp_type
  user_id user_ocid user_name user_displayname user_tenantname user_tz user_locale user_lang user_csr user_isAdmin
  clientAppRoles userAppRoles appRoles onBehalfOfUser resource_app_id opc primTenant pulp
  domain domain_id domain_home ca_ocid ca_name ca_guid region_name island_name gt jwk source_authn_prin sess_id
  __proto__ constructor prototype`
    .toLowerCase()
    .split(/\s+/),
);

/** Whether a custom claim may not have this name, in any case. */
export function isReservedClaim(name: string): boolean {
  return RESERVED.has(name.toLowerCase());
}

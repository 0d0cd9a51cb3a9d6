/** IDCS: oauth.md §5.1, `scopes_supported`, in the order of a live answer. */
export const SUPPORTED_SCOPES: readonly string[] = [
  'openid',
  'profile',
  'offline_access',
  'email',
  'address',
  'phone',
  'groups',
  'get_groups',
  'approles',
  'get_approles',
];

/**
 * Headers of every answer of the service's JSON APIs (/admin/v1, /sso/v1/sdk, /mfa/v1): nobody stores it, with a date long past.
 * IDCS: shapes.md §1.
 */
export const API_HEADERS = {
  'cache-control': 'no-cache, no-store, must-revalidate',
  pragma: 'no-cache',
  expires: 'Sat, 01 Jan 2000 00:00:00 GMT',
  'x-content-type-options': 'nosniff',
  'x-xss-protection': '1; mode=block',
};

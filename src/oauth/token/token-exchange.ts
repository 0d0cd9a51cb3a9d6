import type { GrantHandler } from './grant-handler.ts';
import { notBuiltYet } from './oauth-error.ts';

/** Not built yet. */
export const tokenExchangeGrant: GrantHandler = async (_services, _context, _client, form) => {
  throw notBuiltYet('unsupported_grant_type', `The grant ${form.get('grant_type')}`);
};

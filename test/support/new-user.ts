import type { JsonObject } from '../../src/scim/json.ts';
import type { TestDomain } from './emulator.ts';

const USER_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User';

/** A user who can sign in with this password at once. */
export async function newUser(
  domain: TestDomain,
  userName: string,
  password: string,
  more: JsonObject = {},
): Promise<{ id: string }> {
  const extension = more[USER_URN];
  const quiet = { ...(typeof extension === 'object' ? extension : {}), bypassNotification: true };
  const user = await domain.createUser(userName, { ...more, [USER_URN]: quiet });
  const schemas = ['urn:ietf:params:scim:schemas:oracle:idcs:UserPasswordChanger'];
  const body = { schemas, password, bypassNotification: true };
  const changed = await domain.send('PUT', `/admin/v1/UserPasswordChanger/${user.id}`, { body });
  if (changed.status !== 200) throw new Error(changed.text);
  return user;
}

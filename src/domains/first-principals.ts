import { newId } from '../ids.ts';
import { openClientSecret, sealClientSecret } from '../resources/app-client.ts';
import { defaultPasswordPolicy } from '../resources/domain-defaults.ts';
import { violations } from '../resources/password-rules.ts';
import { readUserSecret, writeUserSecret } from '../resources/user-secret.ts';
import { resourceType } from '../schemas/registry.ts';
import type { JsonObject } from '../scim/json.ts';
import { type StoredResource, UniqueViolation } from '../store/store.ts';
import { birthIds } from './birth-ids.ts';
import type { BirthServices, FirstPrincipals } from './birth-services.ts';
import type { Domain } from './domain.ts';
import { ADMIN, ADMIN_NAME, adminEmails, CLIENT } from './starter-rows.ts';

/**
 * Why the default password policy refuses the administrator's password, as sentences; none: it is good. The rule about the
 * user name does not count here (rulings: first principals).
 */
export function adminPasswordViolations({ adminUserName, adminPassword }: FirstPrincipals): string[] {
  const policy = { ...defaultPasswordPolicy().data, userNameDisallowed: false };
  return violations(policy, adminPassword, { userName: adminUserName, name: ADMIN_NAME });
}

type Row = StoredResource & { secret: JsonObject | null };

/**
 * Brings the administrator and the client of an older domain to what the configuration says now: names and secrets of the
 * environment are the ones that work, so that a development secret of yesterday does not open today's server. Each change
 * is told in the log. One that was deleted stays deleted.
 */
export async function reconcilePrincipals(services: BirthServices, domain: Domain): Promise<void> {
  const { resources } = services.store;
  const ids = birthIds(domain.tenant);
  const [admin, client] = await Promise.all([
    resources.readWithSecret(domain.id, 'User', ids.id(ADMIN)),
    resources.readWithSecret(domain.id, 'App', ids.id(CLIENT)),
  ]);
  const { adminUserName, clientId } = services.principals;
  if (admin) {
    const mail = { userName: adminUserName, emails: verified(adminEmails(adminUserName)) };
    await rename(services, domain, admin, 'userName', mail);
    await reconcilePassword(services, domain, admin);
  } else {
    services.log.warn(
      { domain: domain.name },
      'the first administrator was deleted; a reset of the domain brings it back',
    );
  }
  if (client) {
    await rename(services, domain, client, 'name', { name: clientId, displayName: clientId });
    await reconcileSecret(services, domain, client);
  } else {
    services.log.warn({ domain: domain.name }, 'the first client was deleted; a reset of the domain brings it back');
  }
}

/** Gives a row its configured name. Another resource may have that name meanwhile: then it stays as it is. */
async function rename(
  services: BirthServices,
  domain: Domain,
  row: Row,
  attribute: 'userName' | 'name',
  wanted: JsonObject,
): Promise<void> {
  if (row.data[attribute] === wanted[attribute]) return;
  const { log, store, ids, clock } = services;
  const { id, ocid, version, type } = row;
  const data = { ...row.data, ...wanted };
  const write = { type: resourceType(type), id, ocid, version: newId(ids), lastModified: clock.now(), data };
  const names = { domain: domain.name, from: row.data[attribute], to: wanted[attribute] };
  try {
    await store.resources.update(domain.id, write, version);
    await store.domains.bumpEpoch(domain.id);
    log.info(names, `${type} renamed, as the configuration says`);
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error;
    log.warn(names, `${type} can't be renamed as the configuration says: the name is taken`);
  }
}

async function reconcilePassword(services: BirthServices, domain: Domain, admin: Row): Promise<void> {
  const { log, store, passwords, principals, clock } = services;
  const secret = readUserSecret(admin.secret);
  if (await passwords.verify(secret.password, principals.adminPassword)) return;
  const password = await services.adminPasswordHash();
  const changed = { ...secret, password, setAt: clock.now(), mustChange: false, loginAttempts: 0 };
  await store.resources.updateSecret(domain.id, 'User', admin.id, writeUserSecret({ ...changed, history: [password] }));
  log.info(
    { domain: domain.name, user: principals.adminUserName },
    "the administrator's password is now the configured one",
  );
}

async function reconcileSecret(services: BirthServices, domain: Domain, client: Row): Promise<void> {
  const { log, store, secrets, principals } = services;
  if (openClientSecret(secrets, client.secret) === principals.clientSecret) return;
  const secret = { ...client.secret, ...sealClientSecret(secrets, principals.clientSecret) };
  await store.resources.updateSecret(domain.id, 'App', client.id, secret);
  await store.domains.bumpEpoch(domain.id);
  log.info({ domain: domain.name, client: principals.clientId }, "the first client's secret is now the configured one");
}

function verified(emails: JsonObject[]): JsonObject[] {
  return emails.map((mail) => ({ ...mail, verified: true }));
}

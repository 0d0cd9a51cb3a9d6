import { afterAll, describe, expect, it } from 'vitest';
import { type BirthServices, createDomain } from '../../../src/domains/birth.ts';
import type { Domain } from '../../../src/domains/domain.ts';
import { applyInside, applySeeds } from '../../../src/domains/seeds/apply.ts';
import { parseSeed } from '../../../src/domains/seeds/parse-seed.ts';
import { planSeed } from '../../../src/domains/seeds/seed-document.ts';
import { systemContext } from '../../../src/domains/system-context.ts';
import { deleteResource } from '../../../src/resources/pipeline/delete.ts';
import { readUserSecret } from '../../../src/resources/user-secret.ts';
import { resourceType } from '../../../src/schemas/registry.ts';
import type { JsonObject } from '../../../src/scim/json.ts';
import { closeTestStore } from '../../support/context.ts';
import { birthServices, find, get, newName } from '../birth-world.ts';

afterAll(closeTestStore);

const GROUP_EXTENSION = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:group:Group';

async function newDomain(): Promise<{ services: BirthServices; domain: Domain }> {
  const services = await birthServices();
  return { services, domain: await createDomain(services, { name: newName() }) };
}

/** Applies a file's text, as IDCS_SEED would. */
function applyText(services: BirthServices, domain: Domain, text: string) {
  const seed = parseSeed('people.yaml', text);
  const seeds = [{ seed, plan: planSeed(seed) }];
  return services.store.transaction((session) => applyInside(services, session, domain, seeds));
}

const user = (userName: string, more: JsonObject = {}): JsonObject => ({
  userName,
  name: { givenName: 'Given', familyName: 'Family' },
  emails: [{ value: `${userName}@example.com`, type: 'work', primary: true }],
  ...more,
});

const FILE: JsonObject = {
  Grants: [{ grantee: { userName: 'jdoe' }, entitlement: { displayName: 'User Administrator' } }],
  Groups: [{ displayName: 'Testers', members: [{ userName: 'JDOE' }, { userName: 'asmith' }] }],
  Users: [user('jdoe', { password: 'Correct-Horse-42' }), user('asmith', { active: false })],
  Apps: [
    {
      displayName: 'Portal',
      name: 'portal',
      basedOnTemplate: { value: 'CustomWebAppTemplateId' },
      isOAuthClient: true,
      clientType: 'confidential',
      active: true,
      allowedGrants: ['client_credentials'],
    },
  ],
  AppRoles: [{ displayName: 'Reader', app: { name: 'portal' }, availableToUsers: true }],
  settings: { signingCertPublicAccess: true },
  passwordPolicy: { minLength: 8 },
};

describe('applying a seed', () => {
  it('makes what it names, references by name included', async () => {
    const { services, domain } = await newDomain();
    expect(await applySeeds(services, domain, [FILE])).toEqual({ created: 6, updated: 2, unchanged: 0 });
    const [group] = await find(services, domain, 'Group', 'displayName eq "Testers"', 'members');
    expect(group.members).toHaveLength(2);
    const [jdoe] = await find(services, domain, 'User', 'userName eq "jdoe"');
    expect(group.members).toContainEqual(expect.objectContaining({ value: jdoe.id, type: 'User' }));
    expect(jdoe.idcsCreatedBy).toMatchObject({ type: 'App', display: 'idcssm' });
    const [role] = await find(services, domain, 'AppRole', 'displayName eq "User Administrator"');
    const [grant] = await find(services, domain, 'Grant', `grantee.value eq "${jdoe.id}"`);
    expect(grant).toMatchObject({
      grantMechanism: 'ADMINISTRATOR_TO_USER',
      app: { value: 'IDCSAppId' },
      entitlement: { attributeName: 'appRoles', attributeValue: role.id },
    });
    const [reader] = await find(services, domain, 'AppRole', 'displayName eq "Reader"');
    expect(reader.app.name).toBe('portal');
    expect(await get(services, domain, 'PasswordPolicy', 'PasswordPolicy')).toMatchObject({ minLength: 8 });
    expect((await services.store.domains.findByName(domain.name))?.settings['signingCertPublicAccess']).toBe(true);
  });

  it('stores a password that works at once and need not be changed', async () => {
    const { services, domain } = await newDomain();
    await applySeeds(services, domain, [FILE]);
    const row = await services.store.resources.readByName(domain.id, 'User', 'jdoe');
    const secret = readUserSecret(row!.secret);
    expect(secret.mustChange).toBe(false);
    expect(await services.passwords.verify(secret.password, 'Correct-Horse-42')).toBe(true);
  });

  it('changes nothing the second time, not even a version', async () => {
    const { services, domain } = await newDomain();
    await applySeeds(services, domain, [FILE, 'cncc']);
    const types = ['User', 'Group', 'App', 'AppRole', 'Grant', 'PasswordPolicy', 'Settings'];
    const state = async () => Promise.all(types.map((type) => find(services, domain, type)));
    const before = await state();
    const again = await applySeeds(services, domain, [FILE, 'cncc']);
    expect(again).toEqual({ created: 0, updated: 0, unchanged: 8 + 32 });
    expect(await state()).toEqual(before);
  });

  it('leaves a resource alone that was changed since, and makes only what is missing', async () => {
    const { services, domain } = await newDomain();
    await applySeeds(services, domain, [FILE]);
    const [group] = await find(services, domain, 'Group', 'displayName eq "Testers"');
    const context = systemContext(services, domain);
    await deleteResource(context, resourceType('Group'), group.id, { force: true, ifMatch: null });
    expect(await applySeeds(services, domain, [FILE])).toEqual({ created: 1, updated: 0, unchanged: 7 });
  });

  it('makes each resource once when processes apply the same seed together', async () => {
    const { services, domain } = await newDomain();
    const results = await Promise.all([1, 2, 3].map(() => applySeeds(services, domain, ['cncc'])));
    expect(results.reduce((sum, { created }) => sum + created, 0)).toBe(31);
    expect(await find(services, domain, 'Group', 'displayName ew "_READ"')).toHaveLength(15);
  });

  it('lets a resource refer to one before it in the same list', async () => {
    const { services, domain } = await newDomain();
    const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    const text = { Users: [user('boss'), user('worker', { [ENTERPRISE]: { manager: { userName: 'boss' } } })] };
    await applySeeds(services, domain, [text]);
    const [boss] = await find(services, domain, 'User', 'userName eq "boss"');
    const [worker] = await find(services, domain, 'User', 'userName eq "worker"');
    expect((await get(services, domain, 'User', worker.id))[ENTERPRISE].manager.value).toBe(boss.id);
  });

  it('recognises a resource by its id', async () => {
    const { services, domain } = await newDomain();
    expect(await applySeeds(services, domain, [{ Groups: [{ id: 'AllUsersId' }] }])).toMatchObject({ unchanged: 1 });
    const wrong = applySeeds(services, domain, [{ Groups: [{ id: 'nothing', displayName: 'x' }] }]);
    await expect(wrong).rejects.toThrow('Groups[0].id: Group nothing does not exist');
  });
});

describe('a refused seed', () => {
  it.each([
    ['an unknown attribute', 'Users:\n  - userName: a\n    nonsense: 1\n', /^people\.yaml:3: Users\[0\]\.nonsense: /],
    [
      'a wrong type',
      'Groups:\n  - displayName: a\n  - displayName: [b]\n',
      /^people\.yaml:3: Groups\[1\]\.displayName: /,
    ],
    [
      'a missing attribute',
      'Groups:\n  - displayName: a\n  - members: []\n',
      /^people\.yaml:3: Groups\[1\].*displayName/,
    ],
    [
      'an unknown name',
      'Groups:\n  - displayName: a\n    members:\n      - userName: nobody\n',
      /^people\.yaml:4: Groups\[0\]\.members\[0\]: there is no User with userName nobody/,
    ],
    [
      'an unknown role',
      'Grants:\n  - grantee: { displayName: Domain_Administrators }\n    entitlement: { displayName: King }\n',
      /^people\.yaml:3: Grants\[0\]\.entitlement\.displayName: there is no AppRole King in App IDCSAppId/,
    ],
    ['a readOnly setting', 'settings:\n  cloudAccountName: x\n', /^people\.yaml:2: settings\.cloudAccountName: /],
  ])('says file, line and attribute of %s', async (_what, text, expected) => {
    const { services, domain } = await newDomain();
    await expect(applyText(services, domain, text)).rejects.toThrow(expected);
  });

  it('says what is wrong with a password, and writes nothing', async () => {
    const { services, domain } = await newDomain();
    const seed = { Users: [user('asmith'), user('jdoe', { password: 'short' })] };
    await expect(applySeeds(services, domain, [seed])).rejects.toThrow(
      /Users\[1\]\.password: .*at least 12 characters/,
    );
    expect(await find(services, domain, 'User')).toHaveLength(1);
  });

  it('says when a name means several resources', async () => {
    const { services, domain } = await newDomain();
    await applySeeds(services, domain, [{ Users: [user('a'), user('b')] }]);
    const seed = { Groups: [{ displayName: 'g', members: [{ displayName: 'Given Family' }] }] };
    await expect(applySeeds(services, domain, [seed])).rejects.toThrow('names more than one User');
  });

  it('is found before anything is written when its form is wrong', async () => {
    const { services, domain } = await newDomain();
    const seeds = [{ Groups: [{ displayName: 'first' }] }, { Groupz: [] }];
    await expect(applySeeds(services, domain, seeds)).rejects.toThrow('Groupz: no such key');
    expect(await find(services, domain, 'Group', 'displayName eq "first"')).toEqual([]);
  });
});

describe('the preset cncc', () => {
  it("makes CNC Console's groups with their descriptions and opens the signing certificate", async () => {
    const { services, domain } = await newDomain();
    await applySeeds(services, domain, ['cncc']);
    const [scp] = await find(services, domain, 'Group', 'displayName eq "SCP_READ"');
    expect(scp[GROUP_EXTENSION].description).toBe(
      'Has access to only SCP resources and can only perform READ Managed Objects of SCP.',
    );
    const groups = await find(services, domain, 'Group', 'displayName ew "_WRITE" or displayName eq "ADMIN"');
    expect(groups.map(({ displayName }) => displayName).sort()).toEqual([
      'ADMIN',
      ...'BSF CAPIF CNE CS EIR NEF NRF NSSF NWDAF OCNADD POLICY PROVGW SCP SEPP UDR'
        .split(' ')
        .map((name) => `${name}_WRITE`),
    ]);
    expect((await services.store.domains.findByName(domain.name))?.settings['signingCertPublicAccess']).toBe(true);
  });
});

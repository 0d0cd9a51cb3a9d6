import { newId } from '../ids.ts';
import { ALL_USERS_GROUP_ID } from '../resources/all-users-group.ts';
import { sealClientSecret } from '../resources/app-client.ts';
import type { Draft } from '../resources/behaviour.ts';
import { BRANDING_SETTINGS_ID, brandingData } from '../resources/branding-settings.ts';
import { BUILT_IN_APP_ID } from '../resources/built-in-app.ts';
import {
  defaultApp,
  defaultAppRoles,
  defaultPasswordPolicy,
  defaultSettings,
  defaultSsoSettings,
  localIdentityProvider,
  type ShippedResource,
} from '../resources/domain-defaults.ts';
import { authorOf } from '../resources/pipeline/author.ts';
import { behaviourOf } from '../resources/registry.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { shippedContent } from '../resources/shipped-content.ts';
import { readUserSecret, writeUserSecret } from '../resources/user-secret.ts';
import { SUPERUSER } from '../schemas/permissions.ts';
import { resourceType } from '../schemas/registry.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import { acceptCreate } from '../scim/validate.ts';
import type { Edge, ResourceWrite } from '../store/store.ts';
import { type BirthIds, birthIds } from './birth-ids.ts';
import type { FirstPrincipals } from './birth-services.ts';
import type { SeedSource } from './seeds/read-seed.ts';
import { rememberSeeds } from './seeds/remembered-seeds.ts';
import { SYSTEM_APP, systemAppId } from './system-caller.ts';

/*
 * The rows that every domain begins with. They keep the same rules as rows that came through the pipeline: bodies are
 * validated, and the behaviours fill in what they derive.
 */

const GROUP_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:group:Group';

/** Names by which the ids of first resources are derived. */
export const ADMIN = 'User:admin';
export const CLIENT = 'App:client';
/** The administrator's own name: the password policy looks at it. */
export const ADMIN_NAME = { givenName: 'Domain', familyName: 'Administrator' };
const ADMINISTRATORS = 'Group:Domain_Administrators';

/** Makes rows for one domain. */
export class StarterRows {
  readonly #context: RequestContext;
  readonly #ids: BirthIds;

  constructor(context: RequestContext) {
    this.#context = context;
    this.#ids = birthIds(context.domain.tenant);
  }

  /** What ships: the built-in App with its AppRoles, the App that appears as creator, policy and settings. */
  shipped(settings: JsonObject, seeds: readonly SeedSource[]): ResourceWrite[] {
    const system = defaultApp();
    const shippedSettings = defaultSettings(settings);
    return [
      this.#ship(defaultApp()),
      this.#ship({
        ...system,
        id: systemAppId(this.#context.domain.tenant),
        data: { ...system.data, name: SYSTEM_APP, displayName: SYSTEM_APP, description: 'Creator of what ships.' },
      }),
      ...defaultAppRoles().map((role) => this.#ship(role)),
      this.#ship(defaultPasswordPolicy()),
      this.#ship(defaultSsoSettings()),
      this.#ship(localIdentityProvider()),
      { ...this.#ship(shippedSettings), secret: rememberSeeds(seeds) },
      this.#ship({
        type: 'BrandingSettings',
        id: BRANDING_SETTINGS_ID,
        data: brandingData(shippedSettings.data),
      }),
      ...this.rows(shippedContent()),
    ];
  }

  /** The rows of resources that ship. */
  rows(resources: readonly ShippedResource[]): ResourceWrite[] {
    return resources.map((resource) => this.#ship(resource));
  }

  /** The group of everybody and the administrators'. Descriptions: CNC Console guide 3.7; flows of the guide list both. */
  async groups(): Promise<ResourceWrite[]> {
    const everybody = { displayName: 'All Domain Users', [GROUP_URN]: { description: 'All Domain Users' } };
    const administrators = {
      displayName: 'Domain_Administrators',
      [GROUP_URN]: { description: 'Domain Administrators' },
    };
    const all = await this.#made('Group', ALL_USERS_GROUP_ID, everybody);
    // Inferred from the other shipped constants: a domain can't be without its group of everybody.
    all.data['idcsPreventedOperations'] = ['delete'];
    return [all, await this.#made('Group', this.#ids.id(ADMINISTRATORS), administrators)];
  }

  /** The first user. @param passwordHash PHC string */
  async admin({ adminUserName }: FirstPrincipals, passwordHash: string): Promise<ResourceWrite> {
    const row = await this.#made('User', this.#ids.id(ADMIN), {
      userName: adminUserName,
      name: { ...ADMIN_NAME },
      // IDCS: how the first administrator shows in a list of users (flows.md A1).
      nickName: 'TAS_TENANT_ADMIN_USER',
      emails: adminEmails(adminUserName),
    });
    // Rulings: the administrator's mail is verified.
    for (const mail of row.data['emails'] as JsonObject[]) mail['verified'] = true;
    const setAt = this.#context.clock.now();
    // A suite that moves the clock by half a year must still be able to sign in.
    const secret = {
      ...readUserSecret(null),
      password: passwordHash,
      history: [passwordHash],
      setAt,
      cantExpire: true,
    };
    return { ...row, secret: writeUserSecret(secret) };
  }

  /** The first client: confidential, for every grant that needs no further registration. */
  async client({ clientId, clientSecret }: FirstPrincipals): Promise<ResourceWrite> {
    const row = await this.#made('App', this.#ids.id(CLIENT), {
      displayName: clientId,
      description: 'The first OAuth client of the domain.',
      basedOnTemplate: { value: 'CustomWebAppTemplateId' },
      active: true,
      isOAuthClient: true,
      clientType: 'confidential',
      allowedGrants: [
        'client_credentials',
        'password',
        'refresh_token',
        'authorization_code',
        'urn:ietf:params:oauth:grant-type:device_code',
      ],
      allowedOperations: ['introspect'],
      // A client for administration: there is nothing to open.
      showInMyApps: false,
      redirectUris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
    });
    row.data['name'] = clientId;
    return { ...row, secret: sealClientSecret(this.#context.secrets, clientSecret) };
  }

  /** Grants of the administrator's AppRole, with the edges that stand for them. */
  async grants(people: readonly ResourceWrite[]): Promise<{ rows: ResourceWrite[]; edges: Edge[] }> {
    const displays = new Map(people.map(({ id, data }) => [id, String(data['displayName'])]));
    const rows: ResourceWrite[] = [];
    const edges: Edge[] = [];
    const roleId = this.#ids.id(`AppRole:${SUPERUSER}`);
    for (const [type, what, mechanism] of GRANTEES) {
      const grantee = { type, value: this.#ids.id(what) };
      const row = await this.#made('Grant', this.#ids.id(`Grant:${what}`), {
        app: { value: BUILT_IN_APP_ID },
        grantee,
        grantMechanism: mechanism,
        entitlement: { attributeName: 'appRoles', attributeValue: roleId },
      });
      row.data['grantee'] = { ...grantee, display: displays.get(grantee.value) ?? '' };
      rows.push(row);
      edges.push({ kind: 'appRole', sourceId: roleId, targetId: grantee.value, targetType: type });
    }
    const member = { kind: 'member', sourceId: this.#ids.id(ADMINISTRATORS), targetId: this.#ids.id(ADMIN) };
    edges.push({ ...member, targetType: 'User' });
    return { rows, edges };
  }

  /** The edges of what ships: content names them in their attributes, as a body does. */
  shippedEdges(): Edge[] {
    return shippedContent().flatMap(({ type, id, data }) =>
      sourceEdges(type).flatMap(([attribute, kind, targetType]) => {
        const elements = data[attribute];
        return (Array.isArray(elements) ? elements.filter(isObject) : []).map((element) => ({
          kind,
          sourceId: String(id),
          targetId: String(element['value']),
          targetType,
        }));
      }),
    );
  }

  #ship({ type, id, data }: ShippedResource): ResourceWrite {
    const what = `${type}:${String(data['displayName'] ?? data['name'])}`;
    const kept = { ...data };
    for (const [attribute] of sourceEdges(type)) delete kept[attribute];
    return this.#row(type, id ?? this.#ids.id(what), kept);
  }

  /** A row whose body goes through validation and the type's behaviour. */
  async #made(typeName: string, id: string, body: JsonObject): Promise<ResourceWrite> {
    const type = resourceType(typeName);
    const accepted = acceptCreate(type, { schemas: [type.schema], ...body });
    const { data, transient } = accepted;
    const draft: Draft = { id, ocid: null, data, secret: undefined, transient, edges: [] };
    await behaviourOf(typeName)?.prepareCreate?.(this.#context, draft);
    return this.#row(typeName, id, draft.data);
  }

  #row(typeName: string, id: string, data: JsonObject): ResourceWrite {
    const type = resourceType(typeName);
    const { ocidKind } = type.overlay;
    const author = authorOf(this.#context);
    return {
      type,
      id,
      ocid: ocidKind === undefined ? null : this.#ids.ocid(ocidKind, id),
      version: newId(this.#context.ids),
      lastModified: this.#context.clock.now(),
      // What ships without an author has its own word for that.
      data: { idcsCreatedBy: author, idcsLastModifiedBy: { ...author }, ...data },
    };
  }
}

/** Edge attributes that a type shows from their source: name, kind, and type of the targets. */
function sourceEdges(typeName: string): (readonly [attribute: string, kind: string, targetType: string])[] {
  const type = resourceType(typeName);
  return Object.entries(type.overlay.edges ?? {}).flatMap(([path, { kind, end }]) => {
    const targetType = type.resolve(path)?.sub('$ref')?.definition.referenceTypes?.[0];
    return end === 'source' && targetType !== undefined ? [[path, kind, targetType] as const] : [];
  });
}

/** Who begins as Identity Domain Administrator. */
const GRANTEES = [
  ['User', ADMIN, 'ADMINISTRATOR_TO_USER'],
  ['Group', ADMINISTRATORS, 'ADMINISTRATOR_TO_GROUP'],
  ['App', CLIENT, 'ADMINISTRATOR_TO_APP'],
] as const;

/** Rulings: a user name that is an address is also the work and recovery mail. */
export function adminEmails(userName: string): JsonObject[] {
  const value = isAddress(userName) ? userName : 'admin@example.com';
  return [
    { value, type: 'work', primary: true },
    { value, type: 'recovery', primary: false },
  ];
}

function isAddress(text: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);
}

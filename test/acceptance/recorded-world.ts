import type { JsonObject } from '../../src/scim/json.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';

/*
 * The resources behind the variables of the recorded requests: {{userid}}, {{appid}}, {{grantid}} and so on. Each is made
 * when a request first needs it, in a domain of the caller's own.
 */

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';
const APP = `${IDCS}App`;
const APP_ROLE = `${IDCS}AppRole`;
const GRANT = `${IDCS}Grant`;

/** A domain in which the recorded requests find what they speak of. */
export class RecordedWorld {
  readonly domain: TestDomain;
  /** userName of {{userid}}: the collection lists, and in other requests creates, one user by name. */
  readonly #userName: string;
  readonly #made = new Map<string, Promise<string>>();

  private constructor(domain: TestDomain, userName: string) {
    this.domain = domain;
    this.#userName = userName;
  }

  static async make(userName = 'member@example.com'): Promise<RecordedWorld> {
    return new RecordedWorld(await testDomain(), userName);
  }

  /** The value of a variable, making its resource when there is none yet. */
  value(variable: string): Promise<string> {
    let value = this.#made.get(variable);
    if (value === undefined) {
      value = this.#make(variable);
      this.#made.set(variable, value);
    }
    return value;
  }

  /**
   * Makes all that reads look for: members, grants to a user, a group and a client, by a role and without.
   * The grants are made one after the other, so that lists have them in this order.
   */
  async makeAll(): Promise<void> {
    const group = await this.value('groupid');
    const member = { op: 'add', path: 'members', value: [{ value: await this.value('userid2'), type: 'User' }] };
    const patch = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [member] };
    await this.domain.send('PATCH', `/admin/v1/Groups/${group}`, { body: patch });
    const grants = ['grantid', 'groupgrantid', 'clientgrantid', 'userappgrantid', 'groupappgrantid'];
    for (const variable of [...grants, 'appRoleID', 'oauthresourceappid', 'conditiongroupID'])
      await this.value(variable);
  }

  /** Fills the variables of a text. */
  async fill(text: string): Promise<string> {
    const parts = text.split(/\{\{([^}]+)\}\}/);
    const filled = await Promise.all(parts.map((part, index) => (index % 2 === 0 ? part : this.value(part))));
    return filled.join('');
  }

  /** Fills the variables of a JSON value; they stand in names too. */
  async fillJson<T>(value: T): Promise<T> {
    return JSON.parse(await this.fill(JSON.stringify(value))) as T;
  }

  async #make(variable: string): Promise<string> {
    switch (variable) {
      case 'base':
        return this.domain.url;
      case 'access_token':
      case 'token':
        return this.domain.token;
      case 'USER_LOGIN':
        return 'admin@example.com';
      case 'USER_PW':
        return 'Idcs-Emulator-2026';
      case 'OAuthConfigId':
        return 'OAuthConfig';
      case 'AuthenticationFactorSettingsId':
        return 'AuthenticationFactorSettings';
      case 'securityquestionsettingsId':
        return 'SecurityQuestionSettings';
      case 'securityquestionId':
        return 'FirstPet';
      case 'customquestionid':
        return this.#create('SecurityQuestions', `${IDCS}SecurityQuestion`, {
          active: false,
          type: 'custom',
          questionText: [{ locale: 'en', value: 'What is the name of your boat?', default: true }],
        });
      case 'termsofusestatementsid':
        return this.value('statement-fr');
      case 'termsofusesid':
        return this.#terms('Asia Terms Of Use', [await this.value('termsofusestatementsid')]);
      case 'baretermsid':
        return this.#terms('Bare Terms Of Use', []);
      case 'userid':
        return this.#user(this.#userName);
      case 'userid2':
        return this.#user('second@example.com');
      case 'groupid':
        return (await this.domain.createGroup('Employees', [await this.value('userid')])).id;
      case 'auditorsid':
        return (await this.domain.createGroup('PCI Auditors', [await this.value('userid2')])).id;
      case 'appid':
      case 'appidthatdefinedtheapprole':
      case 'serverappid':
        return variable === 'appid' ? this.#app() : this.value('appid');
      case 'inactiveappid':
        return this.#create('Apps', APP, { displayName: 'Inactive' });
      case 'app_name':
        return (await this.domain.send('GET', `/admin/v1/Apps/${await this.value('appid')}`)).body.name;
      case 'oauthresourceappid':
        return this.#resourceApp('Tagged resources', 'https://tagged.example.com', '/scope1');
      case 'profileserverid': // has the one scope that the recorded change of scopes does not add
        return this.#resourceApp('Profiles', 'https://profiles.example.com', '/myprofile');
      case 'scopedclientid':
        await this.value('profileserverid');
        return this.#clientApp('Client of profiles', 'https://profiles.example.com/myprofile');
      case 'recordedappid':
        return this.#recordedApp();
      case 'tag1key':
        return 'color';
      case 'tag1value':
        return 'green';
      case 'tag2key':
        return 'color';
      case 'tag2value':
        return 'blue';
      case 'clientappid':
        await this.value('oauthresourceappid');
        return this.#clientApp('Calling client', 'https://tagged.example.com/scope1');
      case 'approledisplayname':
        return 'AR User Role';
      case 'approleid':
      case 'approlid': // as the collection misspells it once
        return variable === 'approlid' ? this.value('approleid') : this.#role('AR User Role', false);
      case 'appRoleID':
        return this.#role('AR Support Role', true);
      case 'grantid':
        return this.#grant('User', 'userid', 'approleid');
      case 'groupgrantid':
        return this.#grant('Group', 'groupid', 'approleid');
      case 'clientgrantid':
        return this.#grant('App', 'clientappid', 'approleid');
      case 'userappgrantid':
        return this.#grant('User', 'userid2');
      case 'groupappgrantid':
        return this.#grant('Group', 'auditorsid');
      case 'membergrantid':
        return this.#memberGrant('userid', 'groupid');
      case 'secondmembergrantid':
        return this.#memberGrant('userid2', 'groupid');
      case 'auditorgrantid':
        return this.#memberGrant('userid2', 'auditorsid');
      case 'conditiongrouptemplateID':
        return 'ApplicationAccess_FilterCriteria';
      case 'conditiontemplateID':
        return 'AVGProvisionManagedObject';
      case 'policytemplateid':
        return 'DBDomainPolicyTemplateId';
      case 'ruletemplateid':
        return 'DBDomainRuleTemplateId';
      case 'policytypeid':
        return 'SignOn';
      case 'policyid':
        return 'DefaultSignOnPolicy';
      case 'ruleid':
        return 'DefaultIDPRule';
      case 'conditionid':
      case 'conditionid1':
      case 'conditionid2':
      case 'conditionid3':
        return this.#condition(variable);
      case 'conditiongroupID':
        return this.#create('ConditionGroups', `${IDCS}ConditionGroup`, {
          name: 'authenticatedBy',
          operator: 'and',
          conditions: [{ value: await this.value('conditionid1') }, { value: await this.value('conditionid2') }],
        });
      case 'ruleID':
        return this.#create('Rules', `${IDCS}Rule`, {
          name: 'Always the domain',
          description: 'text',
          policyType: { value: 'AuthenticationTargetApp' },
          conditionGroup: { value: 'AlwaysTrueCondition', type: 'Condition' },
          return: [{ name: 'appId', value: 'IDCSAppId' }],
        });
      default:
        if (variable.startsWith('statement-')) return this.#statement(variable.slice('statement-'.length));
        throw new Error(`no such variable: ${variable}`);
    }
  }

  /** Grants {{appid}}, or an AppRole of it. */
  async #grant(type: 'User' | 'Group' | 'App', grantee: string, role?: string): Promise<string> {
    return this.#create('Grants', GRANT, {
      grantee: { type, value: await this.value(grantee) },
      app: { value: await this.value('appid') },
      ...(role === undefined
        ? {}
        : { entitlement: { attributeName: 'appRoles', attributeValue: await this.value(role) } }),
      grantMechanism: `ADMINISTRATOR_TO_${type.toUpperCase()}`,
    });
  }

  /** The Grant that a user has by a group. */
  async #memberGrant(user: string, group: string): Promise<string> {
    const filter = `grantee.value eq "${await this.value(user)}" and grantor.value eq "${await this.value(group)}"`;
    const { body } = await this.domain.send('GET', `/admin/v1/Grants?filter=${encodeURIComponent(filter)}`);
    return (body.Resources as { id: string }[])[0]!.id;
  }

  async #user(userName: string): Promise<string> {
    return (
      await this.domain.createUser(userName, {
        displayName: userName,
        addresses: [{ type: 'other', streetAddress: '1 Main St', locality: 'Burbank' }],
        ims: [{ type: 'xmpp', value: 'someone@gmail.com' }],
      })
    ).id;
  }

  /** An app that is client and resource server, as the collection's create requests make it, with the parts it then changes. */
  #app(): Promise<string> {
    return this.#create('Apps', APP, {
      displayName: 'Test Client and Server',
      active: true,
      clientType: 'confidential',
      isOAuthClient: true,
      allowedGrants: ['authorization_code', 'client_credentials', 'refresh_token'],
      redirectUris: ['https://www.mytestapp.com/callback'],
      isOAuthResource: true,
      audience: 'https://api.mytestapp.com',
      scopes: [{ value: '/myprofile' }, { value: '/myreports', requiresConsent: true }],
      allowedTags: [{ key: 'color', value: 'green' }],
    });
  }

  #terms(name: string, statements: readonly string[]): Promise<string> {
    return this.#create('TermsOfUses', `${IDCS}TermsOfUse`, {
      name,
      description: 'text',
      active: true,
      expiryDays: 10,
      statements: statements.map((value) => ({ value })),
    });
  }

  #statement(locale: string): Promise<string> {
    return this.#create('TermsOfUseStatements', `${IDCS}TermsOfUseStatement`, { locale, statement: 'text' });
  }

  #condition(name: string): Promise<string> {
    return this.#create('Conditions', `${IDCS}Condition`, {
      name,
      description: 'text',
      attributeName: 'subject.authenticatedBy',
      operator: 'eq',
      attributeValue: 'idp1',
    });
  }

  #resourceApp(displayName: string, audience: string, scope: string): Promise<string> {
    return this.#create('Apps', APP, {
      displayName,
      isOAuthResource: true,
      audience,
      scopes: [{ value: scope }],
      tags: [
        { key: 'color', value: 'green' },
        { key: 'size', value: 'big' },
      ],
    });
  }

  #clientApp(displayName: string, scope: string): Promise<string> {
    return this.#create('Apps', APP, {
      displayName,
      clientType: 'confidential',
      isOAuthClient: true,
      allowedGrants: ['client_credentials'],
      allowedScopes: [{ fqs: scope }],
    });
  }

  /** The App that main-0027 and main-0030 recorded: what it has, by the keys of the answers. */
  async #recordedApp(): Promise<string> {
    const id = await this.#create('Apps', APP, {
      displayName: 'ResourceOwner',
      clientType: 'confidential',
      isOAuthClient: true,
      isOAuthResource: true,
      active: true,
      showInMyApps: false,
      allowOffline: true,
      allUrlSchemesAllowed: true,
      accessTokenExpiry: 3600,
      refreshTokenExpiry: 604800,
      audience: 'https://tenant-base-url',
      redirectUris: ['http://localhost:8943'],
      allowedGrants: ['client_credentials', 'refresh_token', 'authorization_code'],
    });
    for (const name of ['Identity Domain Administrator', 'Me', 'Cloud Gate']) {
      const filter = encodeURIComponent(`app.value eq "IDCSAppId" and displayName eq "${name}"`);
      const found = await this.domain.send('GET', `/admin/v1/AppRoles?filter=${filter}`);
      await this.#create('Grants', GRANT, {
        grantee: { type: 'App', value: id },
        app: { value: 'IDCSAppId' },
        entitlement: { attributeName: 'appRoles', attributeValue: found.body.Resources[0].id },
        grantMechanism: 'ADMINISTRATOR_TO_APP',
      });
    }
    return id;
  }

  async #role(displayName: string, adminRole: boolean): Promise<string> {
    return this.#create('AppRoles', APP_ROLE, { displayName, adminRole, app: { value: await this.value('appid') } });
  }

  async #create(endpoint: string, schema: string, body: JsonObject): Promise<string> {
    const template = endpoint === 'Apps' ? { basedOnTemplate: { value: 'CustomWebAppTemplateId' } } : {};
    const answer = await this.domain.send('POST', `/admin/v1/${endpoint}`, {
      body: { schemas: [schema], ...template, ...body },
    });
    if (answer.status !== 201) throw new Error(`${endpoint}: ${answer.status} ${answer.text}`);
    return answer.body.id;
  }
}

import { generateKeyPairSync } from 'node:crypto';
import { Region, SimpleAuthenticationDetailsProvider } from 'oci-common';
import { IdentityDomainsClient, models } from 'oci-identitydomains';
import type { Domain } from '../support/domain.ts';
import { type SdkOperation, sdkOperations } from './operations.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are read by path
export type Wire = any;

/** A user with an API key, as its owner would keep them in ~/.oci. */
export interface ApiKeyUser {
  readonly userId: string;
  readonly userOcid: string;
  readonly tenancyOcid: string;
  readonly fingerprint: string;
  /** PEM. */
  readonly privateKey: string;
}

/** What came of one call. */
export interface Outcome {
  /** As it was on the wire. */
  readonly status: number;
  /** JSON as it was on the wire; undefined when there was none. */
  readonly body: Wire;
  /** The SDK's own reading of the same. */
  readonly response: Wire;
}

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';

/** PEM texts of a new RSA key. */
export function newKeyPair(): { publicKey: string; privateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Makes a user who is an administrator of the domain, with an API key. */
export async function newApiKeyUser(domain: Domain, userName: string): Promise<ApiKeyUser> {
  const user = await domain.admin('POST', '/Users', {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName,
    name: { givenName: 'Ada', familyName: 'Sdk' },
    emails: [
      { value: userName, type: 'work', primary: true },
      { value: userName, type: 'recovery' },
    ],
  });
  const filter = encodeURIComponent('displayName eq "Identity Domain Administrator"');
  const roles = await domain.admin('GET', `/AppRoles?filter=${filter}`);
  await domain.admin('POST', '/Grants', {
    schemas: [`${IDCS}Grant`],
    grantee: { type: 'User', value: user.id },
    app: { value: 'IDCSAppId' },
    entitlement: { attributeName: 'appRoles', attributeValue: roles.Resources[0].id },
    grantMechanism: 'ADMINISTRATOR_TO_USER',
  });
  const { publicKey, privateKey } = newKeyPair();
  const key = await domain.admin('POST', '/ApiKeys', {
    schemas: [`${IDCS}apikey`],
    key: publicKey,
    user: { value: user.id },
  });
  return {
    userId: user.id,
    userOcid: key.user.ocid,
    tenancyOcid: key.tenancyOcid,
    fingerprint: key.fingerprint,
    privateKey,
  };
}

/** The SDK's client for a user at a domain, with a ledger of what each operation answered. */
export class SdkSession {
  /** Statuses by operation, the first of each. */
  readonly statuses = new Map<string, number>();
  readonly #client: IdentityDomainsClient;
  readonly #operations = new Map(sdkOperations().map((operation) => [operation.name, operation]));
  #last: { status: number; text: string } | undefined;

  constructor(url: string, user: ApiKeyUser) {
    const provider = new SimpleAuthenticationDetailsProvider(
      user.tenancyOcid,
      user.userOcid,
      user.fingerprint,
      user.privateKey,
      null,
      Region.US_PHOENIX_1,
    );
    this.#client = new IdentityDomainsClient({ authenticationDetailsProvider: provider });
    this.#client.endpoint = url;
    // The SDK hands its own reading of an answer on, not the answer.
    const send = globalThis.fetch;
    globalThis.fetch = async (...parameters) => {
      const answer = await send(...parameters);
      this.#last = { status: answer.status, text: await answer.clone().text() };
      return answer;
    };
  }

  /**
   * Calls an operation, as a program would.
   *
   * @param body as on the wire; the SDK's own model turns it into what its method takes
   * @returns null when the operation is not built (501)
   * @throws Error with the answer when the SDK refuses it
   */
  async call(
    { name, idMember, bodyMember, bodyModel }: SdkOperation,
    { id, body, ...others }: { id?: string | undefined; body?: Wire; [member: string]: unknown } = {},
  ): Promise<Outcome | null> {
    if (!this.#operations.has(name)) throw new Error(`the SDK has no ${name}`);
    const request: Record<string, unknown> = { ...others };
    if (idMember !== null) request[idMember] = id;
    if (bodyMember !== null && body !== undefined) request[bodyMember] = toModel(bodyModel!, body);
    this.#last = undefined;
    let response: Wire;
    let failure: unknown;
    try {
      response = await (this.#client as unknown as Record<string, (given: object) => Promise<unknown>>)[name]!(request);
    } catch (error) {
      failure = error;
    }
    const { status, text } = this.#last ?? { status: 0, text: String(failure) };
    if (!this.statuses.has(name)) this.statuses.set(name, status);
    if (status === 501) return null;
    if (failure !== undefined) throw new RefusedCall(name, status, text, JSON.stringify(body));
    return { status, body: text === '' ? undefined : JSON.parse(text), response };
  }

  close(): void {
    this.#client.close();
  }
}

/** An answer that the SDK throws for. */
export class RefusedCall extends Error {
  readonly status: number;

  constructor(name: string, status: number, text: string, sent: string | undefined) {
    super(`${name} answered ${status}: ${text}; sent: ${sent ?? 'nothing'}`);
    this.status = status;
  }
}

type Model = Record<string, { getDeserializedJsonObj(wire: object): object }>;

function toModel(name: string, wire: object): object {
  // PatchOp's model calls them operations, the wire Operations.
  return (models as unknown as Model)[name]!.getDeserializedJsonObj(wire);
}

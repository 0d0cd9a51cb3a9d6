import { IdentityDomainsClient } from 'oci-identitydomains';

/** What an operation does, by the first word of its name. */
export type Verb = 'list' | 'get' | 'search' | 'create' | 'put' | 'patch' | 'delete';

/** An operation of the SDK's client. */
export interface SdkOperation {
  /** Name of the method: `patchUser`. */
  readonly name: string;
  readonly verb: Verb;
  /** Endpoint below /admin/v1: `Users`. */
  readonly endpoint: string;
  /** Member of the request that goes into the path: `userId`. */
  readonly idMember: string | null;
  /** Member of the request that is the body (`user`), and the SDK's model of it (`User`). */
  readonly bodyMember: string | null;
  readonly bodyModel: string | null;
}

const METHOD = /^(list|get|search|create|put|patch|delete)[A-Z]/;

/**
 * All operations of the SDK, in its order, read from the client itself: what a method sends stands in its own text and nowhere
 * else at run time.
 *
 * @throws Error when a method can't be read: the SDK's generator has changed
 */
export function sdkOperations(): SdkOperation[] {
  const prototype = IdentityDomainsClient.prototype as unknown as Record<string, () => unknown>;
  return Object.getOwnPropertyNames(prototype)
    .filter((name) => METHOD.test(name))
    .map((name) => readOperation(name, prototype[name]!.toString()));
}

function readOperation(name: string, text: string): SdkOperation {
  const endpoint = /path: "\/admin\/v1\/([A-Za-z0-9]+)/.exec(text)?.[1];
  if (endpoint === undefined) throw new Error(`no path in ${name}`);
  const id = /"\{\w+\}": \w+\.(\w+)/.exec(text);
  const body = /serialize\(\w+\.(\w+), "(\w+)"/.exec(text);
  return {
    name,
    verb: METHOD.exec(name)![1] as Verb,
    endpoint,
    idMember: id?.[1] ?? null,
    bodyMember: body?.[1] ?? null,
    bodyModel: body?.[2] ?? null,
  };
}

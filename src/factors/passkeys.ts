import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { RequestContext } from '../resources/request-context.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import type { SecretDevice } from './device.ts';
import type { FactorSettings } from './factor-settings.ts';

/*
 * Passkeys (WebAuthn): what a browser is asked, and whether what it answers is right. The library is loaded when first used. The
 * relying party is the host of the domain's public address, so browsers want a name there, not an IP address.
 */

const FIDO_URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:fido:AuthenticationFactorSettings';
/** COSE's names of the key types of the settings, the strongest first. */
const ALGORITHMS = { ES256: -7, RS256: -257, RS1: -65_535 } as const;

/** What is kept of a passkey, in the device's secret. */
interface KeptCredential {
  readonly id: string;
  /** COSE, base64url. */
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: readonly string[];
}

/** What a browser is asked, and what it has to sign. */
export interface PasskeyOptions {
  /** `PublicKeyCredentialCreationOptions` or `…RequestOptions`, as JSON. */
  readonly options: JsonObject;
  readonly challenge: string;
  /** How long the user has, in milliseconds. */
  readonly timeout: number;
}

/** What `navigator.credentials.create` is asked. @param devices the user's passkeys */
export async function registrationOptions(
  context: RequestContext,
  settings: FactorSettings,
  user: StoredResource,
  devices: readonly SecretDevice[],
): Promise<PasskeyOptions> {
  const { generateRegistrationOptions } = await import('@simplewebauthn/server');
  const userName = String(user.data['userName']);
  const timeout = timeoutOf(settings);
  const attachment = attachmentOf(settings);
  const wished = new Set(settings.texts(FIDO_URN, 'publicKeyTypes'));
  const algorithms = Object.entries(ALGORITHMS).filter(([name]) => wished.size === 0 || wished.has(name));
  const options = await generateRegistrationOptions({
    rpName: context.domain.name,
    rpID: relyingParty(context).id,
    userName,
    userID: new Uint8Array(Buffer.from(user.id, 'hex')),
    userDisplayName: String(user.data['displayName'] ?? userName),
    challenge: new Uint8Array(context.ids.bytes(32)),
    timeout,
    attestationType: settings.text(FIDO_URN, 'attestation', 'NONE') === 'NONE' ? 'none' : 'direct',
    excludeCredentials: settings.flag(FIDO_URN, 'excludeCredentials') ? descriptors(devices) : [],
    authenticatorSelection: {
      ...(attachment === null ? {} : { authenticatorAttachment: attachment }),
      residentKey: residentKeyOf(settings),
      requireResidentKey: residentKeyOf(settings) === 'required',
      userVerification: verificationOf(settings),
    },
    supportedAlgorithmIDs: algorithms.map(([, id]) => id),
  });
  return { options: options as unknown as JsonObject, challenge: options.challenge, timeout };
}

/** What `navigator.credentials.get` is asked. @param devices the passkeys of which one is wanted */
export async function authenticationOptions(
  context: RequestContext,
  settings: FactorSettings,
  devices: readonly SecretDevice[],
): Promise<PasskeyOptions> {
  const { generateAuthenticationOptions } = await import('@simplewebauthn/server');
  const timeout = timeoutOf(settings);
  const options = await generateAuthenticationOptions({
    rpID: relyingParty(context).id,
    challenge: new Uint8Array(context.ids.bytes(32)),
    timeout,
    allowCredentials: descriptors(devices),
    userVerification: verificationOf(settings),
  });
  return { options: options as unknown as JsonObject, challenge: options.challenge, timeout };
}

/**
 * Checks what `navigator.credentials.create` gave.
 * @returns what to keep of it; null: it is not right
 */
export async function registeredPasskey(
  context: RequestContext,
  settings: FactorSettings,
  challenge: string,
  response: JsonObject,
): Promise<JsonObject | null> {
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server');
  const { id, origin } = relyingParty(context);
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: response as unknown as RegistrationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: verificationOf(settings) === 'required',
      supportedAlgorithmIDs: Object.values(ALGORITHMS),
    });
    if (!verified || registrationInfo === undefined) return null;
    const { credential } = registrationInfo;
    const kept: KeptCredential = {
      id: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      counter: credential.counter,
      transports: (credential.transports ?? []).map(String).slice(0, 10),
    };
    return { credential: { ...kept, transports: [...kept.transports] } };
  } catch (error) {
    context.log.debug({ err: error }, 'a passkey was not registered');
    return null;
  }
}

/**
 * Checks what `navigator.credentials.get` gave. A passkey that counts must have counted on: a copy of it is refused.
 * @returns the device that it is of, with what to keep of it now; null: it is not right
 */
export async function provedPasskey(
  context: RequestContext,
  settings: FactorSettings,
  challenge: string,
  response: JsonObject,
  devices: readonly SecretDevice[],
): Promise<{ readonly device: SecretDevice; readonly secret: JsonObject } | null> {
  const device = devices.find((one) => credentialOf(one)?.id === response['id']);
  const credential = device === undefined ? null : credentialOf(device);
  if (device === undefined || credential === null) return null;
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server');
  const { id, origin } = relyingParty(context);
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: response as unknown as AuthenticationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: verificationOf(settings) === 'required',
      credential: {
        id: credential.id,
        publicKey: new Uint8Array(Buffer.from(credential.publicKey, 'base64url')),
        counter: credential.counter,
      },
    });
    if (!verified) return null;
    const kept = { ...credential, transports: [...credential.transports], counter: authenticationInfo.newCounter };
    return { device, secret: { ...device.secret, credential: kept } };
  } catch (error) {
    context.log.debug({ err: error }, 'a passkey was not proved');
    return null;
  }
}

/** Who asks, as browsers see it: the host of the domain's address, and its origin. */
function relyingParty({ baseUrl }: Pick<RequestContext, 'baseUrl'>): { readonly id: string; readonly origin: string } {
  const { hostname, origin } = new URL(baseUrl);
  return { id: hostname, origin };
}

function credentialOf({ secret }: SecretDevice): KeptCredential | null {
  const kept: JsonValue | undefined = secret?.['credential'];
  return isObject(kept) ? (kept as unknown as KeptCredential) : null;
}

function descriptors(devices: readonly SecretDevice[]): { id: string; transports: string[] }[] {
  return devices.flatMap((device) => {
    const credential = credentialOf(device);
    if (credential === null) return [];
    return [{ id: credential.id, transports: [...credential.transports] }];
  });
}

function timeoutOf(settings: FactorSettings): number {
  return settings.number(FIDO_URN, 'timeout', 60_000);
}

function attachmentOf(settings: FactorSettings): 'platform' | 'cross-platform' | null {
  const wished = settings.text(FIDO_URN, 'authenticatorSelectionAttachment', 'BOTH');
  if (wished === 'BOTH') return null;
  return wished === 'PLATFORM' ? 'platform' : 'cross-platform';
}

function residentKeyOf(settings: FactorSettings): 'required' | 'preferred' | 'discouraged' {
  if (settings.flag(FIDO_URN, 'authenticatorSelectionRequireResidentKey')) return 'required';
  return wish(settings.text(FIDO_URN, 'authenticatorSelectionResidentKey', 'NONE'));
}

function verificationOf(settings: FactorSettings): 'required' | 'preferred' | 'discouraged' {
  return wish(settings.text(FIDO_URN, 'authenticatorSelectionUserVerification', 'PREFERRED'));
}

function wish(text: string): 'required' | 'preferred' | 'discouraged' {
  if (text === 'REQUIRED') return 'required';
  return text === 'PREFERRED' ? 'preferred' : 'discouraged';
}

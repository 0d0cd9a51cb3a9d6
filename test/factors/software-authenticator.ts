import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { JsonObject } from '../../src/scim/json.ts';

/*
 * A security key in software: what a browser and an authenticator make of WebAuthn options, written down by hand.
 */

export interface SoftwareAuthenticator {
  /** As `navigator.credentials.create`, with the result's `toJSON`. */
  create(options: JsonObject, wish?: Wish): JsonObject;
  /** As `navigator.credentials.get`. */
  get(options: JsonObject, wish?: Wish): JsonObject;
}

/** What goes otherwise than it should. */
export interface Wish {
  readonly origin?: string;
  readonly rpId?: string;
  /** The signature counter; left out: it counts on. */
  readonly counter?: number;
  /** False: nobody has touched a sensor or typed a PIN. */
  readonly verified?: boolean;
}

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const ATTESTED = 0x40;

export function softwareAuthenticator(origin: string): SoftwareAuthenticator {
  const id = randomBytes(32);
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let counted = 0;

  const clientData = (type: string, { challenge }: JsonObject, wish: Wish) =>
    Buffer.from(JSON.stringify({ type, challenge, origin: wish.origin ?? origin, crossOrigin: false }));
  const authenticatorData = (attested: Buffer | null, wish: Wish) => {
    const flags = USER_PRESENT | (wish.verified === false ? 0 : USER_VERIFIED) | (attested === null ? 0 : ATTESTED);
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(wish.counter ?? ++counted);
    const rpId = wish.rpId ?? new URL(origin).hostname;
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), counter, ...(attested === null ? [] : [attested])]);
  };
  const credential = (response: JsonObject): JsonObject => ({
    id: id.toString('base64url'),
    rawId: id.toString('base64url'),
    type: 'public-key',
    clientExtensionResults: {},
    authenticatorAttachment: 'cross-platform',
    response,
  });

  return {
    create(options, wish = {}) {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(id.length);
      const attested = Buffer.concat([Buffer.alloc(16), length, id, coseKey(publicKey)]);
      const attestation = cborMap([
        ['fmt', cborText('none')],
        ['attStmt', cborMap([])],
        ['authData', cborBytes(authenticatorData(attested, wish))],
      ]);
      return credential({
        clientDataJSON: clientData('webauthn.create', options, wish).toString('base64url'),
        attestationObject: attestation.toString('base64url'),
        transports: ['usb'],
      });
    },
    get(options, wish = {}) {
      const data = authenticatorData(null, wish);
      const client = clientData('webauthn.get', options, wish);
      return credential({
        clientDataJSON: client.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: sign('sha256', Buffer.concat([data, sha256(client)]), privateKey).toString('base64url'),
      });
    },
  };
}

function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}

/** RFC 9053: an EC2 key for ES256. */
function coseKey(key: KeyObject): Buffer {
  const { x, y } = key.export({ format: 'jwk' });
  return cborMap([
    [1, cborInt(2)],
    [3, cborInt(-7)],
    [-1, cborInt(1)],
    [-2, cborBytes(Buffer.from(x!, 'base64url'))],
    [-3, cborBytes(Buffer.from(y!, 'base64url'))],
  ]);
}

/** RFC 8949: a major type with its argument, of at most two bytes. */
function cborHead(major: number, argument: number): Buffer {
  if (argument < 24) return Buffer.from([(major << 5) | argument]);
  if (argument < 256) return Buffer.from([(major << 5) | 24, argument]);
  return Buffer.from([(major << 5) | 25, argument >> 8, argument & 0xff]);
}

function cborInt(value: number): Buffer {
  return value < 0 ? cborHead(1, -1 - value) : cborHead(0, value);
}

function cborBytes(value: Buffer): Buffer {
  return Buffer.concat([cborHead(2, value.length), value]);
}

function cborText(value: string): Buffer {
  return Buffer.concat([cborHead(3, value.length), Buffer.from(value)]);
}

function cborMap(entries: readonly (readonly [string | number, Buffer])[]): Buffer {
  const parts = entries.map(([key, value]) =>
    Buffer.concat([typeof key === 'string' ? cborText(key) : cborInt(key), value]),
  );
  return Buffer.concat([cborHead(5, entries.length), ...parts]);
}

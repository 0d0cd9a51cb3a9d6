import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ScimError } from '../scim/errors.ts';

/*
 * The bytes of a signed request's body: an OCI signature is over their digest, which what a parser made of them does not tell.
 * Requests without a signature pay nothing.
 */

const bodies = new WeakMap<FastifyRequest, Buffer>();
const NOTHING = Buffer.alloc(0);

/** Whether a request is signed in OCI's way. */
export function isSigned(request: FastifyRequest): boolean {
  return /^signature /i.test(request.headers.authorization ?? '');
}

/** The body as it came; empty when there is none. Only of signed requests. */
export function rawBody(request: FastifyRequest): Buffer {
  return bodies.get(request) ?? NOTHING;
}

/** Keeps the bodies of signed requests while their parsers read them. @param limit bytes; a longer body is a 413 */
export function keepSignedBodies(app: FastifyInstance, limit: number): void {
  app.addHook('preParsing', (request, _reply, payload, done) => {
    if (!isSigned(request)) return done(null, payload);
    collect(payload, limit).then(
      (body) => {
        bodies.set(request, body);
        done(null, Object.assign(Readable.from([body]), { receivedEncodedLength: body.length }));
      },
      (error: Error) => done(error),
    );
  });
}

async function collect(payload: AsyncIterable<unknown>, limit: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of payload) {
    const bytes = Buffer.from(part as Uint8Array);
    length += bytes.length;
    if (length > limit) throw new ScimError(413, `A request body can have ${limit} bytes at most.`);
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

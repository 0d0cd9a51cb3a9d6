import formbody from '@fastify/formbody';
import type { FastifyInstance } from 'fastify';
import { parseJson } from './json-text.ts';

/** IDCS: schemas.md: a payload may have 1 MiB (Bulk's maxPayload); we hold every body to it. */
export const MAX_BODY_BYTES = 1_048_576;

/** Request bodies: JSON in both of SCIM's media types, and forms for OAuth. Anything else is 415. */
export async function installBodyParsers(app: FastifyInstance): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    ['application/json', 'application/scim+json'],
    { parseAs: 'string' },
    (_request, body, done) => {
      const text = body as string;
      // A DELETE with a JSON content type and no body is what the CNC Console guide prints (3.5).
      if (text === '') return done(null, undefined);
      try {
        done(null, parseJson(text));
      } catch (error) {
        done(error as Error, undefined);
      }
    },
  );
  await app.register(formbody, { bodyLimit: MAX_BODY_BYTES });
}

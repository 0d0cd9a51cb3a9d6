import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { RequestContext } from '../resources/request-context.ts';
import { badRequest, ScimError } from '../scim/errors.ts';
import type { StoredFile } from '../store/store.ts';
import { newFileName } from './file-name.ts';
import { FileWriter, MAX_FILE_BYTES } from './file-writer.ts';

/** IDCS: flows.md D: what the form has beside the file. */
const FIELDS = ['contentType', 'fileName', 'isPublic'];
/** Beside the file, a form has its fields and the lines between them. */
export const MAX_FORM_BYTES = MAX_FILE_BYTES + 65_536;
const LONGEST_FIELD = 4_096;
/** IDCS: flows.md D: a file of this type is a folder, and has no bytes. */
const FOLDER = 'application/directory';
const MEDIA_TYPE = /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}(?:\s*;\s*[\w-]+=[\w."-]{1,100})*$/;

/**
 * Keeps the file of a form (multipart/form-data with contentType, file, fileName, isPublic, in any order). It goes to the store as it
 * comes.
 * @throws ScimError 400 for a form that can't be read, 413 for a file that is too large
 */
export async function receiveFile(
  context: RequestContext,
  headers: IncomingHttpHeaders,
  body: Readable,
): Promise<StoredFile> {
  if (Number(headers['content-length'] ?? 0) > MAX_FORM_BYTES) throw tooLarge();
  const writer = new FileWriter(context);
  try {
    const { fields, file } = await readForm(headers, body, writer);
    const contentType = fields.get('contentType') ?? file?.contentType ?? FOLDER;
    if (!MEDIA_TYPE.test(contentType)) throw badRequest(`contentType must be a media type, such as text/csv.`);
    const given = fields.get('fileName') ?? file?.name;
    if (given === undefined) throw badRequest('The field fileName is missing.');
    if (file === null && contentType !== FOLDER) throw badRequest('The field file is missing.');
    const name = newFileName(context.clock.now(), given);
    return await writer.publish({ name, contentType, isPublic: flag(fields.get('isPublic')) });
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

interface Form {
  readonly fields: ReadonlyMap<string, string>;
  /** null: the form has no file. */
  readonly file: { readonly name: string | undefined; readonly contentType: string } | null;
}

async function readForm(headers: IncomingHttpHeaders, body: Readable, writer: FileWriter): Promise<Form> {
  // Loaded with the first upload: a start has no use for it.
  const { Busboy } = await import('@fastify/busboy');
  const fields = new Map<string, string>();
  let file: Form['file'] = null;
  let writing: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: Error) => {
      reject(
        error instanceof ScimError
          ? error
          : badRequest('The body is not a form that can be read (multipart/form-data).'),
      );
      body.unpipe();
      body.resume();
    };
    try {
      const parser = new Busboy({
        headers: { ...headers, 'content-type': headers['content-type'] ?? '' },
        limits: { files: 1, fields: 10, fieldSize: LONGEST_FIELD, parts: 12, headerPairs: 20, headerSize: 16_384 },
      });
      parser.on('field', (name, value, _nameCut, cut) => {
        if (!FIELDS.includes(name)) return;
        if (cut || value.includes('\0'))
          return refuse(badRequest(`The field ${name} is too long, or holds a NUL character.`));
        if (fields.has(name)) return refuse(badRequest(`The field ${name} must be sent once.`));
        fields.set(name, value.trim());
      });
      parser.on('file', (name, stream, filename, _encoding, contentType) => {
        stream.on('error', refuse);
        if (name !== 'file') {
          stream.resume();
          return refuse(badRequest('The file must be in a field named file.'));
        }
        file = { name: filename || undefined, contentType };
        writing = writeAll(stream, writer);
        writing.catch(refuse);
      });
      for (const limit of ['filesLimit', 'fieldsLimit', 'partsLimit'] as const) {
        parser.on(limit, () => refuse(badRequest('The form has too many parts; it takes one file.')));
      }
      parser.on('error', (error) => refuse(error as Error));
      parser.on('finish', resolve);
      let received = 0;
      body.on('data', (chunk: Uint8Array) => {
        received += chunk.length;
        if (received > MAX_FORM_BYTES) refuse(tooLarge());
      });
      body.on('error', refuse);
      body.on('aborted', () => refuse(badRequest('The request was broken off.')));
      body.pipe(parser);
    } catch (error) {
      // The parser throws for a header without a boundary.
      refuse(error as Error);
    }
  });
  await writing;
  return { fields, file };
}

function tooLarge(): ScimError {
  return new ScimError(413, `A file can have ${MAX_FILE_BYTES} bytes at most.`);
}

async function writeAll(stream: AsyncIterable<Uint8Array>, writer: FileWriter): Promise<void> {
  for await (const chunk of stream) await writer.write(chunk);
}

function flag(text: string | undefined): boolean {
  const value = text?.toLowerCase() ?? 'false';
  if (value !== 'true' && value !== 'false') throw badRequest('isPublic must be true or false.');
  return value === 'true';
}

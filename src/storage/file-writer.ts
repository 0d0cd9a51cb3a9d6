import { newId } from '../ids.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { ScimError } from '../scim/errors.ts';
import type { StoredFile } from '../store/store.ts';

/** IDCS: flows.md D: a CSV file has 52 MB at most; another page says 10. */
export const MAX_FILE_BYTES = 52 * 1_048_576;

/** Bytes of a part: what an upload, an import or a download holds of a file. */
const PART_BYTES = 1_048_576;

type WriterContext = Pick<RequestContext, 'store' | 'domain' | 'clock' | 'ids'>;

/** Writes a file piece by piece; it is there, whole, from `publish` on. */
export class FileWriter {
  readonly #context: WriterContext;
  readonly #id: string;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #parts = 0;
  #size = 0;

  constructor(context: WriterContext) {
    this.#context = context;
    this.#id = newId(context.ids);
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** @throws ScimError 413 when the file gets too large */
  async write(content: Uint8Array | string): Promise<void> {
    const bytes = Buffer.from(content as Uint8Array);
    this.#size += bytes.length;
    if (this.#size > MAX_FILE_BYTES) throw new ScimError(413, `A file can have ${MAX_FILE_BYTES} bytes at most.`);
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= PART_BYTES) await this.#flush();
  }

  /** Gives the file its name; one that has it already is replaced. */
  async publish(file: Pick<StoredFile, 'name' | 'contentType' | 'isPublic'>): Promise<StoredFile> {
    await this.#flush();
    const { store, domain, clock } = this.#context;
    const { name, contentType, isPublic } = file;
    const published = { name, contentType, isPublic, id: this.#id, size: this.#size, created: clock.now() };
    await store.files.publish(domain.id, published);
    return published;
  }

  /** Forgets what was written. */
  async discard(): Promise<void> {
    if (this.#parts > 0) await this.#context.store.files.discard(this.#context.domain.id, this.#id);
  }

  async #flush(): Promise<void> {
    if (this.#pendingBytes === 0) return;
    const content = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    const { store, domain } = this.#context;
    await store.files.writePart(domain.id, this.#id, this.#parts++, content);
  }
}

/** A file's bytes, part by part. @throws Error when it was deleted or replaced meanwhile */
export async function* fileContent(
  { store, domain }: Pick<RequestContext, 'store' | 'domain'>,
  { id, size, name }: StoredFile,
): AsyncGenerator<Buffer> {
  let read = 0;
  for (let part = 0; read < size; part++) {
    const content = await store.files.readPart(domain.id, id, part);
    if (content === null) throw new Error(`the file ${name} was deleted or replaced while it was read`);
    read += content.length;
    yield content;
  }
}

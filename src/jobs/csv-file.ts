import { Readable } from 'node:stream';
import type { RequestContext } from '../resources/request-context.ts';
import { FileWriter, fileContent } from '../storage/file-writer.ts';
import type { StoredFile } from '../store/store.ts';
import { fromCell, toCell } from './csv-cell.ts';
import { JobFailure } from './job-failure.ts';

/** IDCS: flows.md D. */
export const MOST_ROWS = 100_000;
/** Characters of a row: what is kept of a file at once. */
const LONGEST_ROW = 1_048_576;

/** A row of a file. */
export interface CsvRow {
  /** From 1, the title row not counted. */
  readonly number: number;
  /** Cells by title, as far as the row has them; blank ones are missing. */
  readonly cells: ReadonlyMap<string, string>;
  /** The row has another number of cells than the title row. */
  readonly isRagged: boolean;
  /** How much of the file is read, 0 to 100. */
  readonly percentage: number;
}

/**
 * Reads a file row by row.
 * @param rename what a title is called by; undefined: it is not known
 * @param required titles that must be there
 * @throws JobFailure for what is no CSV, or has a title that is not known
 */
export async function* readCsv(
  context: RequestContext,
  file: StoredFile,
  rename: (title: string) => string | undefined,
  required: readonly string[],
): AsyncGenerator<CsvRow> {
  const { parse } = await import('csv-parse');
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW,
  });
  const source = Readable.from(fileContent(context, file));
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  let titles: readonly string[] | null = null;
  let number = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { bytes: number } }>) {
      if (titles === null) {
        titles = readTitles(record, rename, required);
        continue;
      }
      number += 1;
      if (number > MOST_ROWS)
        throw new JobFailure(`A file can have ${MOST_ROWS} rows at most; the others were not read.`);
      const cells = new Map<string, string>();
      record.slice(0, titles.length).forEach((cell, at) => {
        if (cell.trim() !== '') cells.set(titles![at]!, fromCell(cell.trim()));
      });
      const percentage = Math.min(99, Math.floor((info.bytes * 100) / Math.max(1, file.size)));
      yield { number, cells, isRagged: record.length !== titles.length, percentage };
    }
  } catch (error) {
    if (error instanceof JobFailure || !isCsvError(error)) throw error;
    throw new JobFailure(`The file cannot be read as CSV after row ${number}: ${error.message}`);
  } finally {
    source.destroy();
  }
  if (titles === null) throw new JobFailure('The file is empty: its first row must have the titles of the columns.');
}

function readTitles(
  record: readonly string[],
  rename: (title: string) => string | undefined,
  required: readonly string[],
): string[] {
  const titles = record.map((title) => {
    const known = rename(title.trim());
    if (known === undefined) throw new JobFailure(`The first row has a column that is not known: ${shown(title)}.`);
    return known;
  });
  const twice = titles.find((title, at) => titles.indexOf(title) !== at);
  if (twice !== undefined) throw new JobFailure(`The first row has the column ${twice} twice.`);
  const missing = required.find((title) => !titles.includes(title));
  if (missing !== undefined) throw new JobFailure(`The first row has no column ${missing}.`);
  return titles;
}

function shown(title: string): string {
  return JSON.stringify(title.trim().slice(0, 60).replaceAll('\0', '?').toWellFormed());
}

function isCsvError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^CSV_/.test(String(error.code));
}

/** Writes a file row by row. */
export class CsvWriter {
  readonly #file: FileWriter;
  readonly #lineOf: (cells: string[]) => string;

  private constructor(file: FileWriter, lineOf: (cells: string[]) => string) {
    this.#file = file;
    this.#lineOf = lineOf;
  }

  static async open(context: RequestContext): Promise<CsvWriter> {
    const { stringify } = await import('csv-stringify/sync');
    return new CsvWriter(new FileWriter(context), (cells) => stringify([cells]));
  }

  async row(cells: readonly string[]): Promise<void> {
    await this.#file.write(this.#lineOf(cells.map(toCell)));
  }

  async publish(name: string): Promise<StoredFile> {
    return this.#file.publish({ name, contentType: 'text/csv', isPublic: false });
  }

  async discard(): Promise<void> {
    await this.#file.discard();
  }
}

/** HTML that may go into a page as it is: written by us, with every value inside it escaped. */
export class Markup {
  readonly #html: string;

  /** Only for `html` and `ownMarkup`. */
  constructor(html: string) {
    this.#html = html;
  }

  toString(): string {
    return this.#html;
  }
}

/** What a template takes: text is escaped, markup is not, and nothing (`null`, `false`) leaves no trace. */
export type Content = Markup | string | number | false | null | undefined | readonly Content[];

/**
 * A template whose values are escaped by construction, for element content and for attributes in double quotes (the only two
 * places where our templates have values).
 */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let text = strings[0] as string;
  for (const [index, value] of values.entries()) text += written(value) + strings[index + 1];
  return new Markup(text);
}

/** Takes text for markup. Only for files of this package, such as the style sheet; never for a value. */
export function ownMarkup(text: string): Markup {
  return new Markup(text);
}

function written(value: Content): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Markup) return value.toString();
  if (typeof value === 'object') return value.map(written).join('');
  return escaped(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

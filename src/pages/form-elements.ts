import { type Content, html, type Markup } from './markup.ts';

/** What every form carries along: `csrf`, and `request` where there is one. */
export type HiddenFields = Readonly<Record<string, string>>;

/** A form that posts to `action`, with fields that it carries along as they are. */
export function form(
  action: string,
  hidden: HiddenFields,
  content: Content,
  /** For the page's script: the form's id, and what the script has to know. */
  script?: { readonly id: string; readonly data: string },
): Markup {
  const inputs = Object.entries(hidden).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">
`,
  );
  const hook = script && html` id="${script.id}" data-for-script="${script.data}"`;
  return html`<form method="post" action="${action}" accept-charset="utf-8"${hook}>
${inputs}${content}
</form>`;
}

/** One line to type in, with its label. */
export interface Field {
  /** Name in the form; also the element's id. Null: shown, not sent. */
  readonly name: string | null;
  readonly id?: string;
  readonly label: string;
  /** Default `text`. */
  readonly type?: 'password';
  readonly value?: string;
  /** Value of HTML's `autocomplete`, by which password managers know the field. */
  readonly autocomplete: string;
  readonly autofocus?: boolean;
  /** Id of the message that says what is wrong with the value. */
  readonly wrong?: string | null;
  readonly readonly?: boolean;
  /** May be left empty. */
  readonly optional?: boolean;
  /** A code to be typed off a screen: large, capital letters. */
  readonly code?: boolean;
  /** A code of digits: phones show their number pad. */
  readonly digits?: boolean;
}

export function field(model: Field): Markup {
  const {
    name,
    label,
    type = 'text',
    value = '',
    autocomplete,
    autofocus,
    wrong,
    readonly,
    optional,
    code,
    digits,
  } = model;
  const id = model.id ?? name;
  return html`<div class="field">
<label for="${id}">${label}</label>
<input id="${id}"${name !== null && html` name="${name}"`} type="${type}" value="${value}" autocomplete="${autocomplete}"${
    code === true ? html` class="code" autocapitalize="characters"` : html` autocapitalize="none"`
  }${digits === true && html` inputmode="numeric"`} spellcheck="false"${readonly === true ? html` readonly` : optional !== true && html` required`}${autofocus === true && html` autofocus`}${
    wrong && html` aria-invalid="true" aria-describedby="${wrong}"`
  }>
</div>`;
}

/** A box to tick, sent as `true`. */
export function checkbox(name: string, label: Content): Markup {
  return html`<p class="tick"><label><input type="checkbox" name="${name}" value="true"> ${label}</label></p>`;
}

/** A list to choose from, with its label. */
export function choice(
  name: string,
  label: string,
  options: readonly { readonly value: string; readonly text: string; readonly selected?: boolean }[],
): Markup {
  return html`<div class="field">
<label for="${name}">${label}</label>
<select id="${name}" name="${name}" required>
${options.map(
  ({ value, text, selected }) => html`<option value="${value}"${selected === true && html` selected`}>${text}</option>
`,
)}</select>
</div>`;
}

/** A button that sends the form. */
export function button(
  text: Content,
  options: {
    readonly name?: string;
    readonly value?: string;
    readonly look?: 'secondary';
    readonly skipChecks?: boolean;
  } = {},
): Markup {
  const { name, value, look, skipChecks } = options;
  return html`<button type="submit"${name !== undefined && html` name="${name}" value="${value}"`}${
    look !== undefined && html` class="${look}"`
  }${skipChecks === true && html` formnovalidate`}>${text}</button>`;
}

/** A message that screen readers say at once. */
export function alert(id: string, content: Content): Markup {
  return html`<div class="alert" role="alert" id="${id}">${content}</div>
`;
}

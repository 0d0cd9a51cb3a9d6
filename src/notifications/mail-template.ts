import { readFileSync } from 'node:fs';
import { notificationFile } from '../package-files.ts';
import { webAddress } from '../pages/address.ts';
import type { Language } from '../pages/language.ts';
import { html } from '../pages/markup.ts';
import type { NotificationEvent } from './notification-event.ts';

/** Values of a template's variables, by name without `${}`: `user.userName`. */
export type MailVariables = Readonly<Record<string, string | undefined>>;

/** A mail as its reader sees it. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The texts of one language, as its file has them. */
interface Templates {
  readonly frame: { readonly [part in 'greeting' | 'link' | 'expiry' | 'signature']: string };
  readonly events: Readonly<Record<string, Template>>;
}

interface Template {
  readonly subject: string;
  /** One whose variables have no value is left out. */
  readonly paragraphs: readonly string[];
  /** What the link is called, for events that can have one. */
  readonly action?: string;
}

/** Longer names are cut: nobody reads them, and a subject is one line. */
const LONGEST_SUBJECT = 200;

const loaded = new Map<Language, Templates>();

/** The texts of a language, read at their first use. */
export function mailTemplates(language: Language): Templates {
  let templates = loaded.get(language);
  if (templates === undefined) {
    templates = JSON.parse(readFileSync(notificationFile(`templates/${language}.json`), 'utf8')) as Templates;
    loaded.set(language, templates);
  }
  return templates;
}

/**
 * Writes a mail. Values are text: in the subject and the text they become one line without control characters, in the HTML they are
 * escaped, and a `${}` inside a value stays what it is.
 *
 * @param link where the mail leads; only http(s) and app addresses become links, anything else is shown as text
 */
export function writeMail(
  event: NotificationEvent,
  language: Language,
  variables: MailVariables,
  link: string | null,
): MailText {
  const { frame, events } = mailTemplates(language);
  const template = events[event]!;
  const filled = (text: string) => fill(text, variables);
  const greeting = filled(frame.greeting);
  const paragraphs = template.paragraphs.map(filled).filter((text) => text !== null);
  const expiry = link === null ? null : filled(frame.expiry);
  const signature = filled(frame.signature) ?? '';
  const subject = [...(filled(template.subject) ?? event)].slice(0, LONGEST_SUBJECT).join('');
  const { action = null } = template;
  return {
    subject,
    text: textOf([greeting, ...paragraphs, ...(link === null ? [] : [labelled(action, link), expiry]), signature]),
    html: html`<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><title>${subject}</title></head>
<body>
${[greeting, ...paragraphs].map((text) => text !== null && html`<p>${text}</p>\n`)}${
  link !== null && [
    webAddress(link) !== null && action !== null && html`<p><a href="${link}">${action}</a></p>\n`,
    html`<p>${frame.link} ${link}</p>\n`,
    expiry !== null && html`<p>${expiry}</p>\n`,
  ]
}<p>${signature}</p>
</body>
</html>
`.toString(),
  };
}

function labelled(action: string | null, link: string): string {
  return action === null ? link : `${action}:\n${link}`;
}

function textOf(blocks: readonly (string | null)[]): string {
  return `${blocks.filter((block) => block !== null && block !== '').join('\n\n')}\n`;
}

/** The text with its variables filled in; null: one of them has no value. */
function fill(text: string, variables: MailVariables): string | null {
  let whole = '';
  for (const [index, part] of text.split(/\$\{([\w.]+)\}/).entries()) {
    const value = index % 2 === 0 ? part : variables[part];
    if (value === undefined) return null;
    whole += index % 2 === 0 ? value : oneLine(value);
  }
  return whole;
}

/** A value without line breaks and other control characters: it can neither end a header nor begin a paragraph of its own. */
export function oneLine(value: string): string {
  return value.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

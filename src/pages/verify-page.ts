import { button, checkbox, field, form } from './form-elements.ts';
import { renderPage } from './layout.ts';
import { html, type Markup } from './markup.ts';
import type { Page, PageContext } from './page.ts';
import { passkeyForm } from './passkey-form.ts';
import { otherActions, type StepModel, stepFailure } from './step-frame.ts';
import { PASSKEY, POLL } from './step-scripts.ts';
import type { Texts } from './texts.ts';

/** The factors that are proved by a code. */
export type CodeFactor = 'TOTP' | 'SMS' | 'PHONE_CALL' | 'EMAIL';

/** How somebody proves who they are. */
export type Proof =
  /** Field: `code`. */
  | { readonly kind: 'code'; readonly factor: CodeFactor; readonly device: string; readonly resend: boolean }
  /** `poll`: an address that says whether the phone has answered; null: it has, and is asked again by a button `retry`. */
  | { readonly kind: 'push'; readonly device: string; readonly poll: string | null }
  /** Fields: `answer1` ... and `question1` ... with their ids. */
  | {
      readonly kind: 'questions';
      readonly questions: readonly { readonly id: string; readonly text: string; readonly hint: string | null }[];
    }
  | { readonly kind: 'passkey'; readonly options: unknown };

/** A second factor is asked for. Buttons: `action` `verify`, `resend`, `retry`, `others`, `restart`; a box `trust`. */
export interface VerifyModel extends StepModel {
  readonly proof: Proof;
  /** For how many days the browser can be trusted; null: it can't. */
  readonly trustDays: number | null;
  /** Whether there is another way. */
  readonly others: boolean;
}

export function verifyPage(context: PageContext, model: VerifyModel): Page {
  const { proof, formTargets, failure, appName } = model;
  const polls = proof.kind === 'push' && proof.poll !== null;
  return renderPage(context, ({ texts }) => ({
    heading: texts('verify.heading'),
    subheading: appName !== null && texts.markup('signIn.continueTo', { app: html`<strong>${appName}</strong>` }),
    failed: failure !== null,
    formTargets,
    connects: polls,
    ...(proof.kind === 'passkey' ? { script: PASSKEY } : polls ? { script: POLL } : {}),
    body: html`${stepFailure(texts, model)}${proofForm(texts, model)}${otherActions(texts, model, [
      proof.kind === 'code' && proof.resend && { action: 'resend', text: 'verify.resend' },
      model.others && { action: 'others', text: 'verify.others' },
    ])}`,
  }));
}

function proofForm(texts: Texts, model: VerifyModel): Markup {
  const { action, hidden, proof, failure, trustDays } = model;
  const trust =
    trustDays !== null &&
    html`${checkbox('trust', texts('verify.trust', { days: String(trustDays) }))}
`;
  const submit = (text: string, value: string) => html`<div class="buttons">
${button(text, { name: 'action', value })}
</div>`;
  if (proof.kind === 'code') {
    return html`<p>${texts.markup(`verify.${proof.factor}`, { device: html`<strong>${proof.device}</strong>` })}</p>
${form(
  action,
  hidden,
  html`${codeField(texts, failure !== null)}
${trust}${submit(texts('verify.submit'), 'verify')}`,
)}`;
  }
  if (proof.kind === 'push') {
    const { poll, device } = proof;
    const text = html`<p role="status">${texts.markup('verify.PUSH', { device: html`<strong>${device}</strong>` })}</p>
`;
    if (poll === null) return html`${form(action, hidden, submit(texts('verify.retry'), 'retry'))}`;
    const content = html`${trust}${submit(texts('verify.answered'), 'verify')}`;
    return html`${text}${form(action, hidden, content, { id: 'poll', data: poll })}`;
  }
  if (proof.kind === 'passkey') {
    return html`<p>${texts('verify.FIDO_AUTHENTICATOR')}</p>
${passkeyForm(texts, model, { create: false, options: proof.options }, 'verify.usePasskey', trustDays)}`;
  }
  const ids = Object.fromEntries(proof.questions.map(({ id }, at) => [`question${at + 1}`, id]));
  return html`<p>${texts('verify.SECURITY_QUESTIONS')}</p>
${form(
  action,
  { ...hidden, ...ids },
  html`${proof.questions.map(
    ({ text, hint }, at) => html`${field({
      name: `answer${at + 1}`,
      label: text,
      autocomplete: 'off',
      autofocus: at === 0,
      wrong: failure === null ? null : 'failure',
    })}
${
  hint !== null &&
  html`<p class="note">${texts('verify.hint', { hint })}</p>
`
}`,
  )}${trust}${submit(texts('verify.submit'), 'verify')}`,
)}`;
}

/** The field that a passcode is typed into. */
export function codeField(texts: Texts, isWrong: boolean): Markup {
  return field({
    name: 'code',
    label: texts('verify.code'),
    autocomplete: 'one-time-code',
    autofocus: true,
    code: true,
    digits: true,
    wrong: isWrong ? 'failure' : null,
  });
}

import { factorName } from './choose-factor-page.ts';
import { button, choice, field, form } from './form-elements.ts';
import { renderPage } from './layout.ts';
import { html, type Markup } from './markup.ts';
import type { Page, PageContext } from './page.ts';
import { passkeyForm } from './passkey-form.ts';
import { otherActions, type StepModel, stepFailure } from './step-frame.ts';
import { PASSKEY, POLL } from './step-scripts.ts';
import type { Texts } from './texts.ts';
import { type CodeFactor, codeField } from './verify-page.ts';

/** A PNG. */
export interface QrPicture {
  /** base64 */
  readonly image: string;
  /** The secret in it, to be typed; null: there is none. */
  readonly secret: string | null;
}

/** How an enrollment is finished. */
export type EnrollProof =
  /** Field: `code`. `qr` for an authenticator app; null: the code was sent to the device. */
  | { readonly kind: 'code'; readonly factor: CodeFactor; readonly device: string; readonly qr: QrPicture | null }
  /** `poll`: an address that says whether the phone has scanned it. */
  | { readonly kind: 'phone'; readonly factor: string; readonly qr: QrPicture | null; readonly poll: string }
  | { readonly kind: 'passkey'; readonly options: unknown }
  /** Fields: `question1`, `answer1`, `hint1` ... */
  | {
      readonly kind: 'questions';
      readonly number: number;
      readonly questions: readonly { readonly id: string; readonly text: string }[];
      /** What was typed before, by field; no answers. */
      readonly typed: Readonly<Record<string, string>>;
    };

/** A factor is being enrolled. Buttons: `action` `verify`, `resend`, `list`, `done`, `restart`. */
export interface EnrollProofModel extends StepModel {
  readonly proof: EnrollProof;
  readonly resend: boolean;
  readonly mayEnd: boolean;
}

export function enrollProofPage(context: PageContext, model: EnrollProofModel): Page {
  const { proof, formTargets, failure, resend, mayEnd } = model;
  const factor =
    proof.kind === 'questions' ? 'SECURITY_QUESTIONS' : proof.kind === 'passkey' ? 'FIDO_AUTHENTICATOR' : proof.factor;
  return renderPage(context, ({ texts }) => ({
    heading: factorName(texts, factor),
    failed: failure !== null,
    formTargets,
    connects: proof.kind === 'phone',
    ...(proof.kind === 'passkey' ? { script: PASSKEY } : proof.kind === 'phone' ? { script: POLL } : {}),
    body: html`${stepFailure(texts, model)}${proofForm(texts, model)}${otherActions(texts, model, [
      resend && { action: 'resend', text: 'verify.resend' },
      { action: 'list', text: 'verify.others' },
      mayEnd && { action: 'done', text: 'enroll.skip' },
    ])}`,
  }));
}

function proofForm(texts: Texts, model: EnrollProofModel): Markup {
  const { action, hidden, proof, failure } = model;
  const submit = (text: string) => html`<div class="buttons">
${button(text, { name: 'action', value: 'verify' })}
</div>`;
  switch (proof.kind) {
    case 'code':
      return html`<p>${
        proof.qr === null
          ? texts.markup(`verify.${proof.factor}`, { device: html`<strong>${proof.device}</strong>` })
          : texts('enroll.TOTP')
      }</p>
${picture(texts, proof.qr)}${form(
  action,
  hidden,
  html`${codeField(texts, failure !== null)}
${submit(texts('verify.submit'))}`,
)}`;
    case 'phone':
      return html`<p role="status">${texts('enroll.PUSH')}</p>
${picture(texts, proof.qr)}${form(action, hidden, submit(texts('enroll.scanned')), { id: 'poll', data: proof.poll })}`;
    case 'passkey':
      return html`<p>${texts('enroll.FIDO_AUTHENTICATOR')}</p>
${passkeyForm(texts, model, { create: true, options: proof.options }, 'enroll.createPasskey', null)}`;
    default:
      return html`<p>${texts('enroll.SECURITY_QUESTIONS', { number: String(proof.number) })}</p>
${form(
  action,
  hidden,
  html`${Array.from({ length: proof.number }, (_, at) => questionFields(texts, proof, at + 1))}${submit(texts('enroll.submit'))}`,
)}`;
  }
}

function questionFields(
  texts: Texts,
  { questions, typed }: Extract<EnrollProof, { kind: 'questions' }>,
  at: number,
): Markup {
  const number = String(at);
  const chosen = typed[`question${at}`] ?? questions[at - 1]?.id;
  return html`${choice(
    `question${at}`,
    texts('enroll.question', { number }),
    questions.map(({ id, text }) => ({ value: id, text, selected: id === chosen })),
  )}
${field({ name: `answer${at}`, label: texts('enroll.answer', { number }), autocomplete: 'off' })}
${field({
  name: `hint${at}`,
  label: texts('enroll.hint', { number }),
  value: typed[`hint${at}`] ?? '',
  autocomplete: 'off',
  optional: true,
})}
`;
}

function picture(texts: Texts, qr: QrPicture | null): Markup | null {
  if (qr === null) return null;
  return html`<p><img class="qr" src="data:image/png;base64,${qr.image}" alt="${texts('enroll.qr')}"></p>
${
  qr.secret !== null &&
  html`<p class="note">${texts('enroll.secret')} <code class="secret">${qr.secret}</code></p>
`
}`;
}

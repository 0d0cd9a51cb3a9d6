import { checkbox, form } from './form-elements.ts';
import { html, type Markup } from './markup.ts';
import type { StepModel } from './step-frame.ts';
import type { TextKey, Texts } from './texts.ts';

/** What a browser is asked for a passkey. */
export interface PasskeyQuestion {
  /** A new one is made; else one is used. */
  readonly create: boolean;
  /** `PublicKeyCredentialCreationOptions` or `…RequestOptions`, as JSON. */
  readonly options: unknown;
}

/** The form that the script fills in and sends (PASSKEY of step-scripts.ts). Field: `credential`, JSON. */
export function passkeyForm(
  texts: Texts,
  { action, hidden }: StepModel,
  question: PasskeyQuestion,
  submit: TextKey,
  trustDays: number | null,
): Markup {
  return html`<noscript><p role="alert">${texts('verify.noScript')}</p></noscript>
<div class="alert" role="alert" id="passkey-failed" hidden>${texts('verify.passkeyFailed')}</div>
${form(
  action,
  { ...hidden, credential: '' },
  html`${
    trustDays !== null &&
    html`${checkbox('trust', texts('verify.trust', { days: String(trustDays) }))}
`
  }<div class="buttons">
<button type="button" id="passkey-start" hidden>${texts(submit)}</button>
</div>`,
  { id: 'passkey', data: JSON.stringify({ create: question.create, options: question.options }) },
)}`;
}

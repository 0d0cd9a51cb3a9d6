import { alert, button, form, type HiddenFields } from './form-elements.ts';
import { html, type Markup } from './markup.ts';
import type { TextKey, Texts } from './texts.ts';

/*
 * What the pages share on which a sign-in goes on after the password. Buttons are called `action`.
 */

/** What each of these pages has. */
export interface StepModel {
  readonly action: string;
  /** `request`, `step`, `csrf`. */
  readonly hidden: HiddenFields;
  readonly formTargets: readonly string[];
  /** What is signed in to; null: the domain itself. */
  readonly appName: string | null;
  /** Why the last answer was no good; null: nothing was. `message` is shown where the page has no words for the code. */
  readonly failure: { readonly code: string; readonly message: string } | null;
  /** Whether there is a Cancel button. */
  readonly cancellable: boolean;
}

/** A further button of a page. */
export interface StepButton {
  readonly action: string;
  readonly text: TextKey;
}

/** What was wrong, as an alert of the id `failure`. */
export function stepFailure(texts: Texts, { failure }: Pick<StepModel, 'failure'>): Markup | null {
  if (failure === null) return null;
  const known = texts.known(`step.failure.${failure.code}`);
  return alert('failure', known ?? html`<span lang="en">${failure.message}</span>`);
}

/** What else can be done: a form of its own, so that its buttons need no fields. */
export function otherActions(texts: Texts, model: StepModel, buttons: readonly (StepButton | false | null)[]): Markup {
  const shown = buttons.filter((each): each is StepButton => each !== false && each !== null);
  return html`
<div class="others">
${form(
  model.action,
  model.hidden,
  html`<div class="buttons">
${shown.map(
  ({ action, text }) => html`${button(texts(text), { name: 'action', value: action, look: 'secondary' })}
`,
)}${button(texts('verify.restart'), { name: 'action', value: 'restart', look: 'secondary' })}${
  model.cancellable &&
  html`
${button(texts('signIn.cancel'), { name: 'cancel', value: 'true', look: 'secondary' })}`
}
</div>`,
)}
</div>`;
}

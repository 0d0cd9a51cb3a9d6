import { factorName } from './choose-factor-page.ts';
import { button, field, form } from './form-elements.ts';
import { renderPage } from './layout.ts';
import { html, type Markup } from './markup.ts';
import type { Page, PageContext } from './page.ts';
import { otherActions, type StepModel, stepFailure } from './step-frame.ts';
import type { Texts } from './texts.ts';

/** Factors are offered for enrolling. Buttons: `action` `enroll:<FACTOR>`, `list`, `done`, `restart`; field `target`. */
export interface EnrollModel extends StepModel {
  readonly purpose: 'mfa' | 'recovery';
  readonly required: boolean;
  readonly factors: readonly string[];
  /** Factors that were enrolled just now: they are told of first. */
  readonly done: readonly string[];
  /** Whether the user can go on now. */
  readonly mayEnd: boolean;
  /** The factor was chosen, and wants a number or an address; null: none was chosen. */
  readonly asks: { readonly factor: string; readonly what: 'number' | 'address'; readonly value: string } | null;
}

export function enrollPage(context: PageContext, model: EnrollModel): Page {
  const { action, hidden, formTargets, done, purpose, required, mayEnd, asks, failure } = model;
  const isRecovery = purpose === 'recovery';
  const isReady = done.length > 0 && asks === null;
  return renderPage(context, ({ texts }) => ({
    heading: texts(isReady ? 'enroll.ready.heading' : isRecovery ? 'enroll.recovery.heading' : 'enroll.heading'),
    failed: failure !== null,
    formTargets,
    body: html`${stepFailure(texts, model)}${
      isReady
        ? html`<p role="status">${texts('enroll.ready.text', {
            factors: done.map((factor) => factorName(texts, factor)).join(', '),
          })}</p>
${form(
  action,
  hidden,
  html`<div class="buttons">
${button(texts('enroll.go'), { name: 'action', value: 'done' })}
</div>`,
)}`
        : asks === null &&
          html`<p>${texts(isRecovery ? 'enroll.recovery.text' : required ? 'enroll.required' : 'enroll.optional')}</p>
`
    }${asks === null ? factorList(texts, model, isReady) : askFor(texts, model, asks)}${otherActions(texts, model, [
      asks !== null && { action: 'list', text: 'verify.others' },
      mayEnd && !isReady && { action: 'done', text: 'enroll.skip' },
    ])}`,
  }));
}

function factorList(texts: Texts, { action, hidden, factors }: EnrollModel, isReady: boolean): Markup | null {
  if (factors.length === 0) return null;
  const list = form(
    action,
    hidden,
    html`<ul class="people">
${factors.map(
  (factor) => html`<li>${button(html`<span>${factorName(texts, factor)}</span>`, {
    name: 'action',
    value: `enroll:${factor}`,
    look: 'secondary',
  })}</li>
`,
)}</ul>`,
  );
  return isReady
    ? html`
<section class="dev" aria-labelledby="more-heading">
<h2 id="more-heading">${texts('enroll.list')}</h2>
${list}
</section>`
    : list;
}

function askFor(
  texts: Texts,
  { action, hidden, failure }: EnrollModel,
  asks: NonNullable<EnrollModel['asks']>,
): Markup {
  const { factor, what, value } = asks;
  return html`<h2>${factorName(texts, factor)}</h2>
${form(
  action,
  hidden,
  html`${field({
    name: 'target',
    label: texts(what === 'number' ? 'enroll.number' : 'enroll.address'),
    value,
    autocomplete: what === 'number' ? 'tel' : 'email',
    autofocus: true,
    wrong: failure === null ? null : 'failure',
  })}
<div class="buttons">
${button(texts('enroll.send'), { name: 'action', value: `enroll:${factor}` })}
</div>`,
)}`;
}

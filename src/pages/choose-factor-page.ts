import { button, field, form } from './form-elements.ts';
import { renderPage } from './layout.ts';
import { html } from './markup.ts';
import type { Page, PageContext } from './page.ts';
import { otherActions, type StepModel, stepFailure } from './step-frame.ts';
import type { Texts } from './texts.ts';

/** All ways to prove who one is. Buttons: `action` `choose:<FACTOR>/<device>`, `bypass` with the field `bypass`, `restart`. */
export interface ChooseFactorModel extends StepModel {
  readonly factors: readonly {
    readonly factor: string;
    readonly deviceId: string | null;
    readonly device: string | null;
  }[];
  readonly bypassCode: boolean;
}

export function chooseFactorPage(context: PageContext, model: ChooseFactorModel): Page {
  const { action, hidden, formTargets, factors, bypassCode, failure } = model;
  return renderPage(context, ({ texts }) => ({
    heading: texts('others.heading'),
    failed: failure !== null,
    formTargets,
    body: html`${stepFailure(texts, model)}<p>${texts('others.text')}</p>
${form(
  action,
  hidden,
  html`<ul class="people">
${factors.map(
  ({ factor, deviceId, device }) => html`<li>${button(
    html`<span>${factorName(texts, factor)}</span>${device && html` <small>${device}</small>`}`,
    { name: 'action', value: `choose:${factor}/${deviceId ?? ''}`, look: 'secondary' },
  )}</li>
`,
)}</ul>`,
)}${
  bypassCode &&
  html`
<section class="dev" aria-labelledby="bypass-heading">
<h2 id="bypass-heading">${texts('others.bypass')}</h2>
<p class="note">${texts('others.bypassText')}</p>
${form(
  action,
  hidden,
  html`${field({ name: 'bypass', label: texts('verify.code'), autocomplete: 'one-time-code', code: true })}
<div class="buttons">
${button(texts('others.bypassSubmit'), { name: 'action', value: 'bypass' })}
</div>`,
)}
</section>`
}${otherActions(texts, model, [])}`,
  }));
}

/** What a factor is called; one that there are no words for goes by its own name. */
export function factorName(texts: Texts, factor: string): string {
  return texts.known(`factor.${factor}`) ?? factor;
}

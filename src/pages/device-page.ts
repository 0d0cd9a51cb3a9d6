import { alert, button, field, form, type HiddenFields } from './form-elements.ts';
import { type PageContent, renderPage } from './layout.ts';
import { html } from './markup.ts';
import type { Page, PageContext } from './page.ts';
import { type RequestedScope, scopeList } from './scope-list.ts';
import type { Texts } from './texts.ts';

/** Step `code`: field `user_code`. Step `confirm`: buttons `decision` (`allow`, `deny`). The last two have no form. */
export interface DeviceModel {
  readonly step: 'code' | 'confirm' | 'allowed' | 'denied';
  readonly action: string;
  readonly hidden: HiddenFields;
  readonly userCode: string;
  readonly appName: string | null;
  readonly scopes: readonly RequestedScope[];
  readonly failure: 'unknown-code' | 'expired-code' | null;
}

export function devicePage(context: PageContext, model: DeviceModel): Page {
  return renderPage(context, ({ texts }) => {
    if (model.step === 'code') return enterCode(texts, model);
    if (model.step === 'confirm') return confirm(texts, model);
    return {
      heading: texts(`device.${model.step}.heading`),
      body: html`<p role="status">${texts(`device.${model.step}.text`)}</p>`,
    };
  });
}

function enterCode(texts: Texts, { action, hidden, userCode, failure }: DeviceModel): PageContent {
  return {
    heading: texts('device.heading'),
    failed: failure !== null,
    body: html`<p>${texts('device.intro')}</p>
${failure !== null && alert('failure', texts(`device.failure.${failure}`))}${form(
  action,
  hidden,
  html`${field({
    name: 'user_code',
    label: texts('device.code'),
    value: userCode,
    autocomplete: 'one-time-code',
    autofocus: true,
    code: true,
    wrong: failure === null ? null : 'failure',
  })}
<div class="buttons">
${button(texts('device.next'))}
</div>`,
)}`,
  };
}

/** RFC 8628 §5.4, §3.3.1: the person compares the code, and is warned of links that somebody else has sent. */
function confirm(texts: Texts, { action, hidden, userCode, appName, scopes }: DeviceModel): PageContent {
  return {
    heading: texts('device.confirm.heading'),
    body: html`<p>${texts('device.confirm.compare')}</p>
<p class="code shown">${userCode}</p>
${
  appName !== null &&
  html`<p>${texts(scopes.length > 0 ? 'consent.intro' : 'consent.nothing', { app: appName })}</p>
`
}${scopes.length > 0 && scopeList(texts, scopes)}<p class="note">${texts('device.confirm.warning')}</p>
${form(
  action,
  hidden,
  html`<div class="buttons">
${button(texts('device.allow'), { name: 'decision', value: 'allow' })}
${button(texts('device.deny'), { name: 'decision', value: 'deny', look: 'secondary' })}
</div>`,
)}`,
  };
}

import { alert, button, field, form, type HiddenFields } from './form-elements.ts';
import { renderPage } from './layout.ts';
import { html } from './markup.ts';
import type { Page, PageContext } from './page.ts';
import type { Texts } from './texts.ts';

/** Fields: `oldPassword`, `password`, `confirmation`. */
export interface ChangePasswordModel {
  readonly action: string;
  readonly hidden: HiddenFields;
  readonly formTargets: readonly string[];
  readonly userName: string;
  readonly reason: 'expired' | 'mustChange' | 'activate';
  /** A mailed link stands for the old password, which is not asked for. */
  readonly withoutOld?: boolean;
  /** Sentences: rules that the new password breaks, a wrong old one, a confirmation that differs. `mismatch` and `incorrect` are codes that the page has words for. */
  readonly problems: readonly string[];
}

export function changePasswordPage(context: PageContext, model: ChangePasswordModel): Page {
  const { action, hidden, formTargets, userName, reason, withoutOld = false, problems } = model;
  const old = problems.includes('incorrect');
  const wrong = (isWrong: boolean) => (isWrong ? 'problems' : null);
  const type = 'password';
  return renderPage(context, ({ texts }) => ({
    heading: texts(reason === 'activate' ? 'activate.heading' : 'changePassword.heading'),
    failed: problems.length > 0,
    formTargets,
    body: html`<p>${texts(`changePassword.${reason}`)}</p>
${
  problems.length > 0 &&
  alert(
    'problems',
    html`<p>${texts('changePassword.problems')}</p>
<ul>${problems.map((problem) => html`<li>${problemText(texts, problem)}</li>`)}</ul>`,
  )
}${form(
  action,
  hidden,
  html`${
    // Tells a password manager whose password changes; not sent.
    field({
      name: null,
      id: 'account',
      label: texts('signIn.userName'),
      value: userName,
      autocomplete: 'username',
      readonly: true,
    })
  }
${
  !withoutOld &&
  field({
    name: 'oldPassword',
    label: texts('changePassword.old'),
    type,
    autocomplete: 'current-password',
    autofocus: true,
    wrong: wrong(old),
  })
}
${field({
  name: 'password',
  label: texts('changePassword.new'),
  type,
  autocomplete: 'new-password',
  autofocus: withoutOld,
  wrong: wrong(problems.some((problem) => problem !== 'incorrect')),
})}
${field({
  name: 'confirmation',
  label: texts('changePassword.confirmation'),
  type,
  autocomplete: 'new-password',
  wrong: wrong(problems.includes('mismatch')),
})}
<div class="buttons">
${button(texts(reason === 'activate' ? 'activate.submit' : 'changePassword.submit'))}
</div>`,
)}`,
  }));
}

function problemText(texts: Texts, problem: string): string {
  return problem === 'mismatch' || problem === 'incorrect' ? texts(`changePassword.problem.${problem}`) : problem;
}

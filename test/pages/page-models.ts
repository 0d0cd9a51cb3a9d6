import type { Page, PageContext } from '../../src/pages/page.ts';
import {
  changePasswordPage,
  consentPage,
  devicePage,
  errorPage,
  forgotPasswordPage,
  formPostPage,
  myAppsPage,
  noticePage,
  signedOutPage,
  signInPage,
  signUpPage,
  tokenPage,
} from '../../src/pages/pages.ts';

/** One page of each kind, with every text that a model can have made by `text`, and everything shown that can be. */
export function everyPage(context: PageContext, text: (name: string) => string): Record<string, Page> {
  const hidden = { csrf: text('csrf'), request: text('request'), [text('hiddenName')]: text('hiddenValue') };
  const form = { action: text('action'), hidden, formTargets: [text('formTarget')] };
  const scopes = [
    { scope: 'openid', displayName: null, description: null },
    { scope: text('scope'), displayName: text('scopeName'), description: text('scopeDescription') },
    { scope: text('scope'), displayName: null, description: null },
  ];
  const device = { ...form, userCode: text('userCode'), appName: text('appName'), scopes };
  return {
    signIn: signInPage(context, {
      ...form,
      appName: text('appName'),
      userName: text('userName'),
      failure: 'incorrect',
      forgotUrl: `https://a.example/${text('forgotPath')}`,
      signUp: [{ url: `https://a.example/${text('signUpPath')}`, text: text('signUpText') }],
      cancellable: true,
      devUsers: [{ id: text('id'), userName: text('userName'), displayName: text('displayName') }],
    }),
    changePassword: changePasswordPage(context, {
      ...form,
      userName: text('userName'),
      reason: 'expired',
      problems: ['mismatch', 'incorrect', text('problem')],
    }),
    notice: noticePage(context, {
      notice: 'verifyEmail',
      address: text('address'),
      confirm: { action: text('action'), hidden },
      continueTo: `https://a.example/${text('continuePath')}`,
    }),
    forgotPassword: forgotPasswordPage(context, { action: text('action'), hidden }),
    signUp: signUpPage(context, {
      action: text('action'),
      hidden,
      heading: text('heading'),
      headerText: text('headerText'),
      footerText: text('footerText'),
      fields: [
        {
          name: text('fieldName'),
          path: 'userName',
          label: text('fieldLabel'),
          value: text('fieldValue'),
          required: true,
        },
        {
          name: text('fieldName2'),
          path: text('path'),
          label: text('fieldLabel'),
          value: text('value'),
          required: false,
        },
      ],
      consentText: text('consentText'),
      problems: ['mismatch', text('problem')],
      signInUrl: text('signInUrl'),
    }),
    consent: consentPage(context, {
      ...form,
      appName: text('appName'),
      appDescription: text('appDescription'),
      userName: text('userName'),
      scopes,
      privacyPolicyUrl: text('privacyPolicyUrl'),
      termsOfServiceUrl: text('termsOfServiceUrl'),
    }),
    deviceCode: devicePage(context, { ...device, step: 'code', failure: 'unknown-code' }),
    deviceConfirm: devicePage(context, { ...device, step: 'confirm', failure: null }),
    deviceAllowed: devicePage(context, { ...device, step: 'allowed', failure: null }),
    deviceDenied: devicePage(context, { ...device, step: 'denied', failure: null }),
    signedOut: signedOutPage(context, { logoutUrls: [], continueTo: null, signInUrl: text('signInUrl') }),
    signedOutOfApps: signedOutPage(context, {
      logoutUrls: [text('logoutUrl'), `https://a.example/${text('logoutPath')}`],
      continueTo: `https://a.example/${text('continuePath')}`,
      signInUrl: text('signInUrl'),
    }),
    error: errorPage(context, {
      status: 400,
      error: text('error'),
      description: text('description'),
      ecid: text('ecid'),
    }),
    myApps: myAppsPage(context, {
      displayName: text('displayName'),
      userName: text('userName'),
      apps: [
        { displayName: text('app'), description: text('description'), url: text('url'), iconUrl: text('iconUrl') },
        {
          displayName: text('app'),
          description: null,
          url: `https://a.example/${text('urlPath')}`,
          iconUrl: `https://a.example/${text('iconPath')}`,
        },
      ],
      signOutUrl: text('signOutUrl'),
    }),
    formPost: formPostPage(context, {
      target: `https://a.example/${text('targetPath')}`,
      parameters: { code: text('code'), [text('parameterName')]: text('parameterValue') },
    }),
    token: tokenPage(context, {
      action: text('action'),
      token: text('token'),
      header: JSON.stringify({ alg: text('alg'), [text('headerName')]: 1 }),
      claims: text('claims'),
      verdict: [
        { good: true, text: text('good') },
        { good: false, text: text('bad') },
      ],
      times: [{ claim: text('claim'), time: text('time') }],
    }),
  };
}

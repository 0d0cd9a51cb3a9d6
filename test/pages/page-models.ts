import type { Page, PageContext } from '../../src/pages/page.ts';
import {
  changePasswordPage,
  chooseFactorPage,
  consentPage,
  devicePage,
  enrollPage,
  enrollProofPage,
  errorPage,
  forgotPasswordPage,
  formPostPage,
  myAppsPage,
  noticePage,
  signedOutPage,
  signInPage,
  signUpPage,
  termsPage,
  tokenPage,
  verifyPage,
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
  const step = {
    ...form,
    hidden: { ...hidden, step: text('step') },
    appName: text('appName'),
    failure: { code: text('code'), message: text('message') },
    cancellable: true,
  };
  const qr = { image: text('image'), secret: text('secret') };
  const question = { id: text('questionId'), text: text('questionText') };
  const proving = { ...step, trustDays: 15, others: true };
  const enrolling = { ...step, resend: true, mayEnd: true };
  const offering = {
    ...step,
    purpose: 'mfa' as const,
    required: false,
    factors: ['TOTP', text('factor')],
    done: [],
    mayEnd: true,
    asks: null,
  };
  return {
    verifyCode: verifyPage(context, {
      ...proving,
      proof: { kind: 'code', factor: 'SMS', device: text('device'), resend: true },
    }),
    verifyPush: verifyPage(context, {
      ...proving,
      proof: { kind: 'push', device: text('device'), poll: text('poll') },
    }),
    verifyQuestions: verifyPage(context, {
      ...proving,
      proof: { kind: 'questions', questions: [{ ...question, hint: text('hint') }] },
    }),
    verifyPasskey: verifyPage(context, {
      ...proving,
      proof: { kind: 'passkey', options: { challenge: text('challenge') } },
    }),
    chooseFactor: chooseFactorPage(context, {
      ...step,
      factors: [{ factor: text('factor'), deviceId: text('deviceId'), device: text('device') }],
      bypassCode: true,
    }),
    enroll: enrollPage(context, offering),
    enrollReady: enrollPage(context, { ...offering, done: [text('done')] }),
    enrollTarget: enrollPage(context, {
      ...offering,
      asks: { factor: text('factor'), what: 'number', value: text('value') },
    }),
    enrollTotp: enrollProofPage(context, {
      ...enrolling,
      proof: { kind: 'code', factor: 'TOTP', device: text('device'), qr },
    }),
    enrollPush: enrollProofPage(context, {
      ...enrolling,
      proof: { kind: 'phone', factor: text('factor'), qr, poll: text('poll') },
    }),
    enrollPasskey: enrollProofPage(context, {
      ...enrolling,
      proof: { kind: 'passkey', options: { challenge: text('challenge') } },
    }),
    enrollQuestions: enrollProofPage(context, {
      ...enrolling,
      proof: { kind: 'questions', number: 1, questions: [question], typed: { hint1: text('hint') } },
    }),
    terms: termsPage(context, { ...step, statement: text('statement'), locale: text('locale') }),
    signIn: signInPage(context, {
      ...form,
      mayStay: true,
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
      again: `https://a.example/${text('againPath')}`,
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

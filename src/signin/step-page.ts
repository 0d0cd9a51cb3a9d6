import { CODE_FACTORS } from '../factors/factor.ts';
import { factorSettings } from '../factors/factor-settings.ts';
import { type Page, pageContext } from '../pages/page.ts';
import {
  type ChooseFactorModel,
  chooseFactorPage,
  type EnrollModel,
  type EnrollProofModel,
  enrollPage,
  enrollProofPage,
  termsPage,
  verifyPage,
} from '../pages/pages.ts';
import type { StepModel } from '../pages/step-frame.ts';
import type { CodeFactor, Proof } from '../pages/verify-page.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import type { Challenge, Enrollment, PendingEnrollment } from './authentication/authentication-state.ts';
import { type EnrollingState, mayEnd, remainingFactors } from './authentication/enrollment-offer.ts';
import { signOnTerms } from './authentication/sign-on-terms.ts';
import { csrfToken } from './csrf.ts';
import { pageMachine } from './page-machine.ts';
import type { Visit } from './page-route.ts';
import { SIGN_IN_CSRF, SIGN_IN_PATH } from './show-sign-in.ts';
import type { SignInProgress } from './sign-in-progress.ts';
import type { SignInRequest } from './sign-in-request.ts';
import type { SignInRouteServices } from './sign-in-services.ts';

/** Says whether a phone has answered. Of our own choice. */
export const POLL_PATH = `${SIGN_IN_PATH}/poll`;

/** One page on the way through a sign-in. */
interface Shown {
  readonly services: SignInRouteServices;
  readonly visit: Visit;
  readonly signIn: SignInRequest;
  readonly progress: SignInProgress;
  readonly frame: StepModel;
}

/** Shows what the machine has offered last. */
export async function stepPage(
  services: SignInRouteServices,
  visit: Visit,
  signIn: SignInRequest,
  progress: SignInProgress,
): Promise<Page> {
  const { request, context } = visit;
  const frame: StepModel = {
    action: `${context.baseUrl}${SIGN_IN_PATH}`,
    hidden: { request: signIn.id, step: signIn.step ?? '', csrf: csrfToken(request, context, SIGN_IN_CSRF) },
    formTargets: signIn.formTargets,
    appName: signIn.appName,
    failure: progress.failure,
    cancellable: signIn.cancelTo !== null,
  };
  const shown = { services, visit, signIn, progress, frame };
  const page = pageContext(request, context, signIn.uiLocales);
  const { stage } = progress.state;
  if (stage.kind === 'terms') {
    const { statement } = partOf(progress.offer, 'TOU');
    return termsPage(page, { ...frame, statement: String(statement ?? ''), locale: stage.locale });
  }
  if (stage.kind === 'enrollment') return enrolling(shown, stage);
  if (stage.kind === 'challenge') return challenged(shown, stage);
  throw new Error(`a sign-in has no page for ${stage.kind}`);
}

async function challenged(shown: Shown, stage: Challenge): Promise<Page> {
  const { visit, signIn, progress, services, frame } = shown;
  const page = pageContext(visit.request, visit.context, signIn.uiLocales);
  const { offer } = progress;
  if (progress.view.kind === 'others') {
    const names = texts(offer['nextAuthFactors']);
    const factors = names
      .filter((factor) => factor !== 'BYPASSCODE')
      .flatMap((factor): ChooseFactorModel['factors'] => {
        const devices = objects(partOf(offer, factor)['enrolledDevices']);
        if (devices.length === 0) return [{ factor, deviceId: null, device: null }];
        return devices.map(({ deviceId, displayName }) => ({
          factor,
          deviceId: String(deviceId),
          device: typeof displayName === 'string' ? displayName : null,
        }));
      });
    return chooseFactorPage(page, { ...frame, factors, bypassCode: names.includes('BYPASSCODE') });
  }
  const settings = await factorSettings({ store: services.store, domain: visit.context.domain });
  const { trustDurationInDays: days } = partOf(offer, 'trustedDeviceSettings');
  const failure =
    frame.failure?.code === 'AUTH-1105' && stage.factor === 'FIDO_AUTHENTICATOR' ? PASSKEY : frame.failure;
  return verifyPage(page, {
    ...frame,
    failure,
    proof: await proofOf(shown, stage),
    trustDays: typeof days === 'number' && days > 0 ? days : null,
    others: !settings.isOn('hideBackupFactorEnabled'),
  });
}

/** What is no passcode is not called one. */
const PASSKEY = { code: 'passkey', message: '' };

async function proofOf({ services, visit, progress, signIn }: Shown, stage: Challenge): Promise<Proof> {
  const { offer } = progress;
  const factor = stage.factor ?? '';
  if (factor === 'SECURITY_QUESTIONS') {
    const questions = objects(partOf(offer, factor)['questions']).map(({ questionId, text, hint }) => ({
      id: String(questionId),
      text: String(text),
      hint: typeof hint === 'string' ? hint : null,
    }));
    return { kind: 'questions', questions };
  }
  if (factor === 'FIDO_AUTHENTICATOR') return { kind: 'passkey', options: partOf(offer, factor)['options'] };
  const device = await nameOf(services, visit, stage.deviceId);
  if (factor === 'PUSH') return { kind: 'push', device, poll: stage.requestId === null ? null : pollOf(visit, signIn) };
  return { kind: 'code', factor: factor as CodeFactor, device, resend: CODE_FACTORS.has(factor) };
}

async function nameOf({ store }: SignInRouteServices, { context }: Visit, deviceId: string | null): Promise<string> {
  const device = deviceId === null ? null : await store.resources.read(context.domain.id, 'MyDevice', deviceId);
  return String(device?.data['displayName'] ?? '');
}

function pollOf({ context }: Visit, { id }: SignInRequest): string {
  return `${context.baseUrl}${POLL_PATH}?request=${id}`;
}

async function enrolling(shown: Shown, stage: Enrollment): Promise<Page> {
  const { services, visit, signIn, progress, frame } = shown;
  const page = pageContext(visit.request, visit.context, signIn.uiLocales);
  const state: EnrollingState = { ...progress.state, stage };
  const end = mayEnd(state) || stage.purpose === 'recovery';
  if (stage.pending !== null) {
    const proof = await enrollProof(shown, stage.pending);
    return enrollProofPage(page, { ...frame, proof, resend: CODE_FACTORS.has(stage.pending.factor), mayEnd: end });
  }
  const machine = pageMachine(services, visit, signIn);
  const user = await services.store.resources.read(visit.context.domain.id, 'User', state.userId ?? '');
  const factors = user === null ? [] : await remainingFactors(machine, state, await signOnTerms(machine, state, user));
  const { view } = progress;
  const asks: EnrollModel['asks'] =
    view.kind === 'target'
      ? { factor: view.factor, what: view.factor === 'EMAIL' ? 'address' : 'number', value: view.value }
      : null;
  const { purpose, required, done } = stage;
  return enrollPage(page, { ...frame, purpose, required, done, factors, mayEnd: end, asks });
}

async function enrollProof(
  { visit, signIn, progress }: Shown,
  { factor, polled, displayName }: PendingEnrollment,
): Promise<EnrollProofModel['proof']> {
  const offer = partOf(progress.offer, factor);
  if (factor === 'SECURITY_QUESTIONS') {
    const { numQuestionsToSetup } = partOf(offer, 'secQuesSettings');
    const questions = objects(offer['questions']).map(({ questionId, text }) => ({
      id: String(questionId),
      text: String(text),
    }));
    return { kind: 'questions', number: Number(numQuestionsToSetup ?? 1), questions, typed: progress.typed };
  }
  if (factor === 'FIDO_AUTHENTICATOR') return { kind: 'passkey', options: offer['options'] };
  const { content, imageData } = partOf(offer, 'qrCode');
  const secret = /[?&]secret=([A-Z2-7]+)/.exec(String(content))?.[1] ?? null;
  const qr = typeof imageData === 'string' ? { image: imageData, secret } : null;
  if (polled) return { kind: 'phone', factor, qr, poll: pollOf(visit, signIn) };
  return { kind: 'code', factor: factor as CodeFactor, device: displayName ?? '', qr };
}

function partOf(from: JsonObject, name: string): JsonObject {
  const part = from[name];
  return isObject(part) ? part : {};
}

function objects(list: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function texts(list: JsonValue | undefined): readonly string[] {
  return Array.isArray(list) ? list.map(String) : [];
}

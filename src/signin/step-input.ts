import { CODE_FACTORS } from '../factors/factor.ts';
import { isObject, type JsonObject, type JsonValue } from '../scim/json.ts';
import { type AuthenticationInput, NOTHING_SENT } from './authentication/authentication-input.ts';
import { PageError } from './page-error.ts';
import type { PageFields } from './page-route.ts';
import type { SignInProgress, StepView } from './sign-in-progress.ts';

/** What a form on the way through a sign-in wants. */
export type StepWish =
  | { readonly kind: 'restart' }
  /** Nothing for the machine: another view of what it offers. */
  | { readonly kind: 'view'; readonly view: StepView }
  | {
      readonly kind: 'input';
      readonly input: AuthenticationInput;
      /** What is shown when it is well. */
      readonly view: StepView;
      /** What is shown when it is no good. */
      readonly otherwise: StepView;
      readonly typed: Readonly<Record<string, string>>;
    };

const OFFER: StepView = { kind: 'offer' };
const OTHERS: StepView = { kind: 'others' };
/** Security questions on a page: more than anybody has. */
const MOST_QUESTIONS = 20;
/** Asked again without anything being sent: the question stands. */
const STANDING: ReadonlySet<string> = new Set([...CODE_FACTORS, 'TOTP', 'FIDO_AUTHENTICATOR']);

/**
 * Reads a form.
 * @throws PageError 400 for a button that there is not
 */
export function stepWish(fields: PageFields, progress: SignInProgress): StepWish {
  const [action = '', target = ''] = (fields.get('action') ?? 'verify').split(/:(.*)/s, 2);
  const { stage } = progress.state;
  switch (action) {
    case 'restart':
      return { kind: 'restart' };
    case 'verify':
      return { ...wish({ op: 'credSubmit', credentials: proofIn(fields, progress) }), typed: typedIn(fields) };
    case 'resend':
      return wish({ op: 'resendCode' });
    case 'retry':
      return wish(chosen(stage.kind === 'challenge' ? `${stage.factor}/${stage.deviceId ?? ''}` : ''));
    case 'others':
      return wish({ op: 'getBackupFactors' }, OTHERS);
    case 'choose':
      return isStanding(progress, target) ? { kind: 'view', view: OFFER } : wish(chosen(target), OFFER, OTHERS);
    case 'bypass': {
      const credentials = { bypassCode: fields.get('bypass') ?? null };
      return wish({ op: 'credSubmit', authFactor: 'BYPASSCODE', credentials }, OFFER, OTHERS);
    }
    case 'enroll':
      return enroll(fields, progress, target);
    case 'list':
      return wish({ op: 'enrollment' });
    case 'done':
      return wish({ op: 'createToken' });
    case 'accept':
    case 'decline':
      return wish({ op: 'acceptTOU', credentials: { consent: action === 'accept' } });
    default:
      throw new PageError(400, 'invalid_request', 'The page has no such button.');
  }
}

function wish(
  sent: Partial<AuthenticationInput>,
  view: StepView = OFFER,
  otherwise: StepView = view,
): Extract<StepWish, { kind: 'input' }> {
  return { kind: 'input', input: { ...NOTHING_SENT, ...sent }, view, otherwise, typed: {} };
}

/** @param target `SMS/<id of the device>` */
function chosen(target: string): Partial<AuthenticationInput> {
  const [factor = '', deviceId = ''] = target.split('/');
  return { op: 'credSubmit', authFactor: factor, credentials: deviceId === '' ? {} : { deviceId } };
}

function isStanding({ state: { stage } }: SignInProgress, target: string): boolean {
  if (stage.kind !== 'challenge' || stage.requestId === null || stage.factor === null) return false;
  return STANDING.has(stage.factor) && target === `${stage.factor}/${stage.deviceId ?? ''}`;
}

/** The credentials of the stage. */
function proofIn(fields: PageFields, { state: { stage } }: SignInProgress): JsonObject {
  const factor = stage.kind === 'challenge' ? stage.factor : stage.kind === 'enrollment' ? stage.pending?.factor : null;
  if (factor === 'SECURITY_QUESTIONS') return { questions: questionsIn(fields) };
  if (factor === 'FIDO_AUTHENTICATOR') {
    const credential = objectIn(fields.get('credential') ?? '');
    return credential === null ? {} : { credential };
  }
  // Codes are typed as they are read: 123 456.
  const code = (fields.get('code') ?? '').replace(/\s/g, '');
  return code === '' ? {} : { otpCode: code };
}

function questionsIn(fields: PageFields): JsonObject[] {
  const numbers = Array.from({ length: MOST_QUESTIONS }, (_, at) => at + 1);
  return numbers
    .filter((number) => fields.has(`question${number}`))
    .map((number) => ({
      questionId: fields.get(`question${number}`) ?? null,
      answer: fields.get(`answer${number}`) ?? null,
      hint: fields.get(`hint${number}`) ?? null,
    }));
}

/** What was typed of an enrollment of questions, but for the answers. */
function typedIn(fields: PageFields): Readonly<Record<string, string>> {
  return Object.fromEntries([...fields].filter(([name]) => /^(?:question|hint)\d+$/.test(name)));
}

/** What a script has put into a field. */
function objectIn(text: string): JsonObject | null {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function enroll(fields: PageFields, { state: { stage } }: SignInProgress, factor: string): StepWish {
  const forRecovery = stage.kind === 'enrollment' && stage.purpose === 'recovery';
  const asksNumber = factor === 'SMS' || factor === 'PHONE_CALL';
  const asks = asksNumber || (forRecovery && factor === 'EMAIL');
  const target = fields.get('target')?.trim() ?? '';
  const view: StepView = { kind: 'target', factor, value: target };
  if (asks && target === '') return { kind: 'view', view };
  const credentials: JsonObject = asksNumber
    ? { phoneNumber: target }
    : asks
      ? { recoveryEmail: target }
      : factor === 'TOTP'
        ? { offlineTotp: true }
        : {};
  return wish({ op: 'enrollment', authFactor: factor, credentials }, OFFER, asks ? view : OFFER);
}

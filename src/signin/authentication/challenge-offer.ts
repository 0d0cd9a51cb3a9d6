import { CODE_FACTORS } from '../../factors/factor.ts';
import { factorSettings } from '../../factors/factor-settings.ts';
import { questionsOf } from '../../factors/security-answers.ts';
import type { JsonObject } from '../../scim/json.ts';
import type { StoredResource } from '../../store/store.ts';
import type { Asked } from './asked-factor.ts';
import type { Machine } from './authentication-services.ts';
import { questionTexts } from './question-texts.ts';
import { trustedDeviceSettings } from './trusted-device.ts';
import type { UserFactors } from './user-factors.ts';

/*
 * What is offered while a factor is asked for. IDCS: shapes.md §8, §9: what an answer has differs from step to step, as noted.
 */

/**
 * What a step shows of the factor that is asked. `first`: after a password, and after a wrong code. `chosen`: the user has named the
 * device (authn-0081): no nextAuthFactors. `again`: resendCode (authn-0074): neither name nor trustedDeviceSettings. `poll`: a push that
 * is pending (authn-0119). `denied`: a push that was refused (authn-0119): no factor object.
 */
type Moment = 'first' | 'chosen' | 'again' | 'poll' | 'denied';

/** The offer for the factor of the stage. */
export async function challengeOffer(asked: Asked, moment: Moment): Promise<JsonObject> {
  const { state, factors } = asked;
  const { factor, deviceId } = state.stage;
  const offer: JsonObject = {};
  const name = factors.enrolled.find((one) => one.factor === factor && one.device?.id === deviceId)?.device?.data[
    'displayName'
  ];
  if (moment !== 'again' && moment !== 'poll' && typeof name === 'string') offer['displayName'] = name;
  if (moment !== 'chosen' && moment !== 'poll') offer['nextAuthFactors'] = [factor];
  if (factor === 'SECURITY_QUESTIONS') {
    offer[factor] = { credentials: ['questionId', 'answer'], questions: await questionsAsked(asked) };
  } else if (factor !== 'PUSH') {
    offer[factor!] = { credentials: ['otpCode'] };
  }
  const resends = CODE_FACTORS.has(factor!) ? ['resendCode'] : [];
  offer['nextOp'] = ['credSubmit', ...(await backupOperation(asked.machine)), ...resends];
  return moment === 'again' ? offer : withTrust(asked, offer);
}

/** getBackupFactors, where users are shown them. IDCS: hideBackupFactorEnabled hides the button on the sign-in page. */
export async function backupOperation({ services, context }: Machine): Promise<readonly string[]> {
  const settings = await factorSettings({ store: services.store, domain: context.domain });
  return settings.isOn('hideBackupFactorEnabled') ? [] : ['getBackupFactors'];
}

async function withTrust({ machine, terms, state }: Asked, offer: JsonObject): Promise<JsonObject> {
  // Inferred: what stands for a password makes no device trusted.
  const settings = state.stage.as === 'second' ? await trustedDeviceSettings(machine, terms) : null;
  return settings === null ? offer : { ...offer, trustedDeviceSettings: settings };
}

/** What getBackupFactors answers: all factors with their devices (authn-0069, authn-0101). */
export async function backupOffer(asked: Asked): Promise<JsonObject> {
  const { factors } = asked;
  const preferred = factors.preferred?.factor ?? null;
  const offer: JsonObject = { nextAuthFactors: [...namesOf(factors)] };
  for (const factor of namesOf(factors)) {
    // IDCS: what is preferred already can't be made so.
    const prefer = factor === preferred ? [] : ['preferred'];
    if (factor === 'BYPASSCODE') {
      offer[factor] = { credentials: ['bypassCode'] };
    } else if (factor === 'FIDO_AUTHENTICATOR') {
      offer[factor] = { credentials: ['credential', ...prefer] };
    } else if (factor === 'SECURITY_QUESTIONS') {
      offer[factor] = { credentials: ['questionId', 'answer', ...prefer], questions: await questionsAsked(asked) };
    } else {
      const code = factor === 'TOTP' ? ['otpCode'] : [];
      offer[factor] = { credentials: [...code, ...prefer, 'deviceId'], enrolledDevices: devicesOf(asked, factor) };
    }
  }
  offer['nextOp'] = ['credSubmit', 'getBackupFactors'];
  return withTrust(asked, offer);
}

/** What a wrong answer gets once all factors were listed: all of them, without devices (authn-0070, authn-0131). */
export async function everyFactorOffer(asked: Asked): Promise<JsonObject> {
  const offer: JsonObject = { nextAuthFactors: [...namesOf(asked.factors)] };
  for (const factor of namesOf(asked.factors)) {
    if (factor === 'BYPASSCODE') {
      offer[factor] = { credentials: ['bypassCode'] };
    } else if (factor === 'SECURITY_QUESTIONS') {
      offer[factor] = { credentials: ['questionId', 'answer'], questions: await questionsAsked(asked) };
    } else if (factor !== 'PUSH') {
      offer[factor] = { credentials: ['otpCode'] };
    }
  }
  offer['nextOp'] = ['credSubmit', ...(await backupOperation(asked.machine))];
  return withTrust(asked, offer);
}

const ORDER = ['PUSH', 'TOTP', 'SMS', 'PHONE_CALL', 'EMAIL', 'BYPASSCODE', 'SECURITY_QUESTIONS', 'FIDO_AUTHENTICATOR'];

function namesOf({ enrolled, bypassCode }: UserFactors): readonly string[] {
  const has = new Set(enrolled.map(({ factor }) => factor));
  if (bypassCode) has.add('BYPASSCODE');
  return ORDER.filter((factor) => has.has(factor));
}

function devicesOf({ factors }: Asked, factor: string): JsonObject[] {
  const { preferred, enrolled } = factors;
  const devices = enrolled.filter((one) => one.factor === factor).map(({ device }) => device as StoredResource);
  return devices.map((device) => ({
    deviceId: device.id,
    displayName: device.data['displayName'] ?? null,
    ...(preferred?.factor === factor && preferred.device?.id === device.id ? { preferred: true } : {}),
  }));
}

/** The questions of the stage, with hints and texts. */
async function questionsAsked({ machine, user, state }: Asked): Promise<JsonObject[]> {
  const texts = new Map((await questionTexts(machine)).map(({ questionId, text }) => [questionId, text]));
  const hints = new Map(questionsOf(user.data).map(({ id, hintText }) => [id, hintText]));
  return state.stage.questions.map((questionId) => {
    const hint = hints.get(questionId);
    return { ...(hint == null ? {} : { hint }), questionId, text: texts.get(questionId) ?? questionId };
  });
}

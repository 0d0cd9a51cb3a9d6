import { newDigits, sameCode } from '../../factors/digits.ts';
import { codeHash, newRequestId } from '../../factors/factor-request.ts';
import { factorSettings } from '../../factors/factor-settings.ts';
import { newId } from '../../ids.ts';
import { badRequest } from '../../scim/errors.ts';
import type { StoredResource } from '../../store/store.ts';
import { tokenHash } from '../../store/token-hash.ts';
import { countAnswer } from '../factors/recovery-attempts.ts';
import type { RequestContext } from '../request-context.ts';
import { evenly, NOWHERE } from './even-work.ts';
import { recoveryPhone } from './recovering-user.ts';

/*
 * Codes by SMS to users who have forgotten their password.
 */

const KIND = 'recovery-code';
const MINUTE = 60_000;

/** By what a code is answered. */
export interface RecoveryCodeRequest {
  readonly deviceId: string;
  readonly requestId: string;
}

/**
 * Sends a code to a user's telephone.
 * @param user null: nobody, or nobody to whom one may be sent; what is answered looks the same, and no code is right
 */
export async function sendRecoveryCode(
  context: RequestContext,
  user: StoredResource | null,
): Promise<{ readonly request: RecoveryCodeRequest; readonly meant: boolean }> {
  const { ids, clock, domain, inbox } = context;
  const settings = await factorSettings(context);
  const phone = await recoveryPhone(context, user ?? { id: newId(ids), data: {} });
  const now = clock.now();
  const requestId = newRequestId(ids, now, true);
  const deviceId = phone?.deviceId ?? newId(ids);
  const code = newDigits(ids, settings.number('totpSettings', 'smsPasscodeLength', 6));
  const minutes = settings.number('totpSettings', 'smsOtpValidityDurationInMins', 10);
  const meant = phone === null ? null : user;
  await evenly(context, meant, async (session, somebody) => {
    await session.tokens.insert(domain.id, {
      hash: tokenHash(requestId),
      kind: KIND,
      created: now,
      expires: now + minutes * MINUTE,
      data: { deviceId, userId: somebody.id, codeHash: codeHash(requestId, code) },
    });
    const data = { body: `Your code to choose a new password is ${code}.`, code, event: 'recovery' };
    const to = phone?.number ?? NOWHERE;
    await inbox?.deliver(domain, { channel: 'sms', to, subject: null, data }, { session });
  });
  return { request: { deviceId, requestId }, meant: meant !== null };
}

/**
 * Checks the code of a request; each is good once, and wrong ones are counted.
 * @throws ScimError 400 `invalidOTP`
 */
export async function requireRecoveryCode(
  context: RequestContext,
  user: StoredResource | null,
  { deviceId, requestId }: RecoveryCodeRequest,
  code: string,
): Promise<void> {
  const { store, domain, clock } = context;
  const hash = tokenHash(requestId);
  const row = await store.tokens.find(domain.id, KIND, hash);
  if (row === null || row.expires <= clock.now() || user === null) throw invalidCode();
  if (row.data['userId'] !== user.id || row.data['deviceId'] !== deviceId) throw invalidCode();
  const right = sameCode(String(row.data['codeHash']), codeHash(requestId, code));
  if (!(await countAnswer(context, user.id, right))) throw invalidCode();
  if ((await store.tokens.take(domain.id, KIND, hash)) === null) throw invalidCode();
}

/** IDCS: errors.tsv, without its text. */
function invalidCode() {
  return badRequest(
    'The code is not valid: it is wrong, was used, or has expired.',
    'error.identity.accrec.invalidOTP',
  );
}

import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createDomain } from '../../src/domains/birth.ts';
import { systemContext } from '../../src/domains/system-context.ts';
import type { RequestContext } from '../../src/resources/request-context.ts';
import { hasAgreed, rememberAgreement, type TermsAgreement } from '../../src/resources/terms-of-use-consent.ts';
import { birthServices, newName } from '../domains/birth-world.ts';
import { closeTestStore, type TestClock, testClock } from '../support/context.ts';
import { pipelineOf, userBody } from '../support/pipeline.ts';

afterAll(closeTestStore);

const DAY = 86_400_000;
let clock: TestClock;
let context: RequestContext;
let agreement: TermsAgreement;
let consents: ReturnType<typeof pipelineOf>;

beforeEach(async () => {
  clock = testClock();
  const services = await birthServices({ clock });
  context = systemContext(services, await createDomain(services, { name: newName() }));
  consents = pipelineOf(context, 'TermsOfUseConsent');
  const user = await pipelineOf(context, 'User').create(userBody('jdoe'));
  const statement = await pipelineOf(context, 'TermsOfUseStatement').create({
    schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:TermsOfUseStatement'],
    locale: 'fr',
    statement: 'Les conditions.',
  });
  const terms = await pipelineOf(context, 'TermsOfUse').create({
    schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:TermsOfUse'],
    name: 'Terms',
    expiryDays: 10,
    statements: [{ value: statement.body.id }],
  });
  const app = await pipelineOf(context, 'App').create({
    schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:App'],
    displayName: 'Shop',
    basedOnTemplate: { value: 'CustomWebAppTemplateId' },
    termsOfUse: { value: terms.body.id },
  });
  agreement = {
    userId: user.body.id,
    appId: app.body.id,
    termsOfUseId: terms.body.id,
    statementId: statement.body.id,
  };
});

const agree = () => rememberAgreement(context, context, agreement);

async function total(): Promise<number> {
  return (await consents.list()).body.totalResults;
}

describe('a consent to terms of use', () => {
  test('is a row that says who agreed to what, when and until when', async () => {
    expect(await hasAgreed(context.store, context, agreement)).toBe(false);
    expect(await agree()).toBe(true);
    const { body } = await consents.list({ filter: `user.value eq "${agreement.userId}"` });
    expect(body.Resources).toHaveLength(1);
    expect(body.Resources[0]).toMatchObject({
      user: { value: agreement.userId },
      app: { value: agreement.appId },
      termsOfUse: { value: agreement.termsOfUseId },
      termsOfUseStatement: { value: agreement.statementId },
      locale: 'fr',
      consentDate: new Date(clock.now()).toISOString(),
      expiryDate: new Date(clock.now() + 10 * DAY).toISOString(),
      idcsCreatedBy: { type: 'User', value: agreement.userId },
    });
    const one = await consents.read(body.Resources[0].id);
    expect(one.body).toEqual(body.Resources[0]);
  });

  test('counts until it expires, and one user has one for each App and terms', async () => {
    await agree();
    clock.advance(10 * DAY - 1);
    expect(await hasAgreed(context.store, context, agreement)).toBe(true);
    clock.advance(1);
    expect(await hasAgreed(context.store, context, agreement)).toBe(false);
    await Promise.all([agree(), agree()]);
    expect(await hasAgreed(context.store, context, agreement)).toBe(true);
    expect(await total()).toBe(1);
  });

  test('to terms of no days never expires', async () => {
    const terms = pipelineOf(context, 'TermsOfUse');
    await terms.patch(agreement.termsOfUseId, [{ op: 'replace', path: 'expiryDays', value: 0 }]);
    await agree();
    clock.advance(10_000 * DAY);
    expect(await hasAgreed(context.store, context, agreement)).toBe(true);
  });

  test.each([
    ['User', 'userId'],
    ['TermsOfUse', 'termsOfUseId'],
    ['TermsOfUseStatement', 'statementId'],
    ['App', 'appId'],
  ] as const)('goes with its %s, and is not given without one', async (type, key) => {
    await agree();
    const resources = pipelineOf(context, type);
    if (type === 'App') await resources.patch(agreement[key], [{ op: 'replace', path: 'active', value: false }]);
    const gone = await resources.remove(agreement[key], { force: true });
    expect([gone.status, gone.body]).toEqual([204, null]);
    expect(await total()).toBe(0);
    expect(await agree()).toBe(false);
  });

  test("is seen by its user, and others' are not", async () => {
    await agree();
    const [{ id }] = (await consents.list()).body.Resources;
    const as = (user: string) =>
      pipelineOf(
        { ...context, caller: { ...context.caller, type: 'User', id: user, roles: new Set(['Authenticated']) } },
        'TermsOfUseConsent',
      );
    expect((await as(agreement.userId).list()).body.totalResults).toBe(1);
    expect((await as('somebody').list()).body.totalResults).toBe(0);
    expect((await as('somebody').read(id)).status).toBe(404);
  });

  test('can not be written over SCIM', async () => {
    expect((await consents.create({})).status).toBe(405);
    await agree();
    const [{ id }] = (await consents.list()).body.Resources;
    expect((await consents.remove(id)).status).toBe(405);
  });
});

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';

const PATH = '/admin/v1/SecurityQuestions';
const SCHEMA = 'urn:ietf:params:scim:schemas:oracle:idcs:SecurityQuestion';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const ERROR = 'urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error';

function question(more: JsonObject = {}): JsonObject {
  const questionText = [{ locale: 'en', default: true, value: 'What is your favorite dog breed?' }];
  return { schemas: [SCHEMA], active: false, type: 'custom', questionText, ...more };
}

function create(domain: TestDomain, more?: JsonObject) {
  return domain.send('POST', PATH, { body: question(more) });
}

function patch(domain: TestDomain, id: string, path: string, value: JsonObject[string]) {
  const body = { schemas: [PATCH], Operations: [{ op: 'replace', path, value }] };
  return domain.send('PATCH', `${PATH}/${id}`, { body });
}

describe('SecurityQuestions', () => {
  test('ship: fifteen, in eleven languages, English the default', async () => {
    const domain = await testDomain();
    const { body } = await domain.send('GET', `${PATH}?count=48&startIndex=1`);
    expect([body.totalResults, body.itemsPerPage]).toEqual([15, 48]);
    for (const each of body.Resources) {
      expect(each).toMatchObject({ type: 'default', active: true, idcsCreatedBy: { display: 'idcssm' } });
      expect(each.questionText).toHaveLength(11);
      expect(each.questionText.filter((text: JsonObject) => text['default'] === true)).toMatchObject([
        { locale: 'en' },
      ]);
      expect(each).not.toHaveProperty('idcsPreventedOperations');
    }
    const pet = await domain.send('GET', `${PATH}/FirstPet?attributes=questionText`);
    expect(pet.body).toMatchObject({ id: 'FirstPet', active: true, type: 'default' });
    expect(pet.body.questionText).toContainEqual({
      locale: 'en',
      value: "What's your first pet's name?",
      default: true,
    });
  });

  test('that ship can be turned off, but stay', async () => {
    const domain = await testDomain();
    expect((await patch(domain, 'FirstCar', 'active', false)).body.active).toBe(false);
    const on = await domain.send('GET', `${PATH}?filter=${encodeURIComponent('active eq true')}`);
    expect(on.body.totalResults).toBe(14);
    expect((await domain.send('DELETE', `${PATH}/FirstCar`)).status).toBe(403);
  });

  test('are found by their text, in any language', async () => {
    const domain = await testDomain();
    const find = async (filter: string) =>
      (await domain.send('GET', `${PATH}?filter=${encodeURIComponent(filter)}`)).body.Resources.map(
        ({ id }: { id: string }) => id,
      );
    expect(await find('questionText co "dream"')).toEqual(['DreamJob']);
    expect(await find('questionText[locale eq "de"].value co "Lieblingsspieler"')).toEqual(['FavoriteSportsPerson']);
    expect(await find('id co "MaidenName"')).toEqual(['MaidenName']);
  });

  test('are made with an id of the service, read back equal, changed and deleted', async () => {
    const domain = await testDomain();
    const made = await create(domain, { id: 'FavDog' });
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({ active: false, type: 'custom', meta: { resourceType: 'SecurityQuestion' } });
    const { id } = made.body;
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect((await domain.send('GET', `${PATH}/${id}`)).body).toEqual(made.body);
    const german = { locale: 'de', value: 'Welche Hunderasse mögen Sie am liebsten?' };
    const body = { schemas: [PATCH], Operations: [{ op: 'add', path: 'questionText', value: [german] }] };
    const changed = await domain.send('PATCH', `${PATH}/${id}`, { body });
    expect(changed.body.questionText).toHaveLength(2);
    expect((await domain.send('PUT', `${PATH}/${id}`, { body: made.body })).status).toBe(405);
    expect((await domain.send('DELETE', `${PATH}/${id}`)).status).toBe(204);
    expect((await domain.send('GET', `${PATH}/${id}`)).status).toBe(404);
  });

  test.each([
    ['no text', { questionText: [] }, 'questionText'],
    ['a language twice', { questionText: [1, 2].map((n) => ({ locale: 'en', value: `Number ${n}?` })) }, 'locale'],
    [
      'two defaults',
      { questionText: ['en', 'de'].map((locale) => ({ locale, value: 'X?', default: true })) },
      'default',
    ],
    ['a language that there is not', { questionText: [{ locale: 'xx', value: 'X?' }] }, 'locale'],
    ['another type', { type: 'riddle' }, 'type'],
    ['nothing about being active', { active: null }, 'active'],
    ['a text of 101 characters', { questionText: [{ locale: 'en', value: 'x'.repeat(101) }] }, 'maxFieldLength'],
  ])('with %s are refused', async (_name, change, named) => {
    const domain = await testDomain();
    const { status, body } = await create(domain, change as JsonObject);
    expect(status).toBe(400);
    expect(body.detail).toContain(named);
  });

  test('that a user has set up are deleted with force only, and leave the user', async () => {
    const domain = await testDomain();
    const URN = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:securityQuestions:User';
    const { body: made } = await create(domain);
    await domain.send('PATCH', '/admin/v1/SecurityQuestionSettings/SecurityQuestionSettings', {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'numQuestionsToSetup', value: 1 }],
      },
    });
    const { id } = await domain.createUser('jdoe', {
      [URN]: { secQuestions: [{ value: made.id, answer: 'poodle', hintText: 'curly' }] },
    });
    const refused = await domain.send('DELETE', `${PATH}/${made.id}`);
    expect([refused.status, refused.body[ERROR].messageId]).toEqual([
      400,
      'error.common.validation.referencedResource',
    ]);
    expect(refused.body.detail).toContain('User jdoe');
    expect((await domain.send('DELETE', `${PATH}/${made.id}?forceDelete=true`)).status).toBe(204);
    const user = await domain.send('GET', `/admin/v1/Users/${id}?attributes=${URN}:secQuestions`);
    expect(user.body).not.toHaveProperty([URN]);
  });
});

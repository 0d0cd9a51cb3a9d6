import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/scim/json.ts';
import { type FactorUser, type FactorWorld, factorWorld, IDCS } from './factor-fixture.ts';

const URN = `${IDCS}extension:securityQuestions:User`;
const STATE = `${IDCS}extension:userState:User`;

let world: FactorWorld;
let user: FactorUser;

beforeEach(async () => {
  world = await factorWorld();
  user = await world.user('jbloggs');
  const value = [
    { value: 'FavoriteMovie', answer: 'Harry Potter', hintText: 'wizard' },
    { value: 'FavoriteFood', answer: 'Chinese', hintText: 'springrolls' },
    { value: 'FirstPet', answer: 'Bouncer' },
  ];
  const added = await world.patch(`/admin/v1/Users/${user.id}`, { op: 'add', path: `${URN}:secQuestions`, value });
  expect(added.status, added.text).toBe(200);
});

const call = (type: string, body: JsonObject, token?: string | null) =>
  world.domain.send('POST', `/admin/v1/${type}`, {
    body: { schemas: [`${IDCS}${type}`], ...body },
    ...(token === undefined ? {} : { token }),
  });

const retrieve = (userName: string) => call('MeSecurityQuestionsRetriever', { userName });

const answer = (securityAnswer: string, userName = 'jbloggs', questionId = 'FavoriteMovie') =>
  call('MeSecurityQuestionAnswerValidator', { userName, securityQuestions: [{ questionId, securityAnswer }] });

describe('MeSecurityQuestionsRetriever', () => {
  it('answers as many questions as are to be answered, and nothing else', async () => {
    const one = await retrieve('jbloggs');
    expect(one.status, one.text).toBe(201);
    expect(one.body).toEqual({
      secquestions: [
        { questionId: 'FavoriteMovie', hintText: 'wizard', localizedQuestionText: "What's your favorite movie?" },
      ],
    });
    const settings = '/admin/v1/SecurityQuestionSettings/SecurityQuestionSettings';
    await world.patch(settings, { op: 'replace', path: 'numQuestionsToAns', value: 2 });
    expect((await retrieve('jbloggs')).body.secquestions).toHaveLength(2);
    expect((await answer('Harry Potter')).status).toBe(400);
  });

  it('does not tell whether there is such a user', async () => {
    await world.user('noquestions');
    const [unknown, without] = [await retrieve('nobody'), await retrieve('noquestions')];
    expect([unknown.status, unknown.text]).toEqual([without.status, without.text]);
  });

  it('is for clients with a right to it', async () => {
    expect((await user.send('POST', 'MeSecurityQuestionsRetriever', { userName: 'jbloggs' })).status).toBe(401);
    expect((await call('MeSecurityQuestionsRetriever', { userName: 'jbloggs' }, null)).status).toBe(401);
    expect((await call('MeSecurityQuestionsRetriever', {})).status).toBe(400);
  });
});

describe('MeSecurityQuestionAnswerValidator', () => {
  it('accepts right answers', async () => {
    const right = await answer('Harry Potter');
    expect(right.status, right.text).toBe(201);
    expect(right.body).toEqual({});
    expect(right.text).toBe('{}');
  });

  it('refuses others as recorded, and users who are not there alike', async () => {
    const wrong = await answer('arry Potter');
    expect(wrong.status).toBe(400);
    expect(wrong.body).toMatchObject({
      detail: "Your answer didn't match. Please try again.",
      status: '400',
      'urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error': {
        messageId: 'error.identity.passwordmgmt.invalidSecurityQuestionAnswer',
      },
    });
    expect((await answer('Harry Potter', 'nobody')).text).toBe(wrong.text);
    expect((await answer('Harry Potter', 'jbloggs', 'toString')).text).toBe(wrong.text);
  });

  it('closes for a while after too many', async () => {
    for (let count = 0; count < 5; count++) expect((await answer('arry Potter')).status).toBe(400);
    expect((await answer('Harry Potter')).status).toBe(400);
    const shown = await world.domain.send('GET', `/admin/v1/Users/${user.id}?attributes=${STATE}`);
    expect(shown.body[STATE].recoveryLocked).toMatchObject({ on: true });
    await world.advance(30 * 60 + 1);
    expect((await answer('Harry Potter')).status).toBe(201);
    const open = await world.domain.send('GET', `/admin/v1/Users/${user.id}?attributes=${STATE}`);
    expect(open.body[STATE].recoveryLocked).toEqual({ on: false });
  });
});

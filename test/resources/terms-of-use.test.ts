import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/scim/json.ts';
import { type TestDomain, testDomain } from '../support/emulator.ts';

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const ERROR = 'urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error';
const TERMS = '/admin/v1/TermsOfUses';
const STATEMENTS = '/admin/v1/TermsOfUseStatements';

async function statement(domain: TestDomain, locale: string, more: JsonObject = {}): Promise<string> {
  const body = { schemas: [`${IDCS}:TermsOfUseStatement`], locale, statement: `The terms in ${locale}.`, ...more };
  const made = await domain.send('POST', STATEMENTS, { body });
  expect(made.status, made.text).toBe(201);
  return made.body.id;
}

function terms(domain: TestDomain, name: string, statements: readonly string[], more: JsonObject = {}) {
  const body = { schemas: [`${IDCS}:TermsOfUse`], name, statements: statements.map((value) => ({ value })), ...more };
  return domain.send('POST', TERMS, { body });
}

function patch(domain: TestDomain, path: string, ...Operations: JsonObject[]) {
  return domain.send('PATCH', path, { body: { schemas: [PATCH], Operations } });
}

async function listed(domain: TestDomain, termsId: string): Promise<string[]> {
  const filter = encodeURIComponent(`termsOfUse.value eq "${termsId}"`);
  const { body } = await domain.send('GET', `${STATEMENTS}?filter=${filter}`);
  return body.Resources.map(({ id }: { id: string }) => id);
}

describe('TermsOfUses', () => {
  test('ship with one that is off, and its English statement', async () => {
    const domain = await testDomain();
    const { body } = await domain.send('GET', `${TERMS}/DefaultTermsOfUse`);
    expect(body).toMatchObject({ active: false, expiryDays: 0, name: 'Default Terms Of Use' });
    expect(body.statements).toEqual([
      {
        value: 'DefaultTermsOfUseStatement',
        locale: 'en',
        $ref: `${domain.url}${STATEMENTS}/DefaultTermsOfUseStatement`,
      },
    ]);
    expect(await listed(domain, 'DefaultTermsOfUse')).toEqual(['DefaultTermsOfUseStatement']);
    for (const path of [`${TERMS}/DefaultTermsOfUse`, `${STATEMENTS}/DefaultTermsOfUseStatement?forceDelete=true`]) {
      expect((await domain.send('DELETE', path)).status).toBe(403);
    }
  });

  test('show their statements in order, each with its language, whatever a client says about that', async () => {
    const domain = await testDomain();
    const [english, french] = [await statement(domain, 'en'), await statement(domain, 'fr')];
    const made = await terms(domain, 'European Terms Of Use', [], {
      description: 'For Europe',
      active: true,
      expiryDays: 10,
      statements: [
        { value: french, locale: 'ja', $ref: 'https://elsewhere.example/1' },
        { value: english, locale: 'ja' },
      ],
    });
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({ name: 'European Terms Of Use', active: true, expiryDays: 10 });
    expect(made.body.statements).toEqual([
      { value: french, locale: 'fr', $ref: `${domain.url}${STATEMENTS}/${french}` },
      { value: english, locale: 'en', $ref: `${domain.url}${STATEMENTS}/${english}` },
    ]);
    const { id } = made.body;
    expect((await domain.send('GET', `${TERMS}/${id}`)).body).toEqual(made.body);
    // A statement that is translated anew shows its new language there too.
    await patch(domain, `${STATEMENTS}/${french}`, { op: 'add', path: 'locale', value: 'de' });
    expect((await domain.send('GET', `${TERMS}/${id}`)).body.statements[0].locale).toBe('de');
  });

  test('have no statements attribute while they have none, and are off and never expire unless told otherwise', async () => {
    const domain = await testDomain();
    const made = await terms(domain, 'Bare', []);
    expect(made.body).not.toHaveProperty('statements');
    expect(made.body).toMatchObject({ active: false, expiryDays: 0 });
    const on = await patch(domain, `${TERMS}/${made.body.id}`, { op: 'add', path: 'active', value: true });
    expect(on.body.active).toBe(true);
    expect(on.body).not.toHaveProperty('statements');
  });

  test('are replaced by PUT, and get and lose statements by PATCH', async () => {
    const domain = await testDomain();
    const [one, two, three] = [
      await statement(domain, 'ja'),
      await statement(domain, 'ko'),
      await statement(domain, 'zh-Hans'),
    ];
    const { body: made } = await terms(domain, 'Asia Terms Of Use', [one]);
    const path = `${TERMS}/${made.id}`;
    const added = await patch(domain, path, {
      op: 'add',
      path: 'statements',
      value: [{ value: two }, { value: three }],
    });
    expect(added.body.statements.map(({ value }: JsonObject) => value)).toEqual([one, two, three]);
    expect(await listed(domain, made.id)).toEqual([one, two, three]);
    const removed = await patch(domain, path, { op: 'remove', path: `statements[value eq "${one}"]` });
    expect(removed.body.statements).toHaveLength(2);
    const body = { schemas: [`${IDCS}:TermsOfUse`], name: 'Renamed', expiryDays: 15, statements: [{ value: three }] };
    const put = await domain.send('PUT', path, { body });
    expect(put.status, put.text).toBe(200);
    expect(put.body).toMatchObject({
      id: made.id,
      name: 'Renamed',
      expiryDays: 15,
      meta: { created: made.meta.created },
    });
    expect(put.body.statements.map(({ value }: JsonObject) => value)).toEqual([three]);
    expect(put.body).not.toHaveProperty('description');
  });

  test('may have two statements of one language, and a statement several terms', async () => {
    const domain = await testDomain();
    const [one, two] = [await statement(domain, 'en'), await statement(domain, 'en')];
    expect((await terms(domain, 'A', [one, two])).status).toBe(201);
    expect((await terms(domain, 'B', [one])).status).toBe(201);
  });

  test.each([
    ['without a name', { name: null }, 400, 'name'],
    ['for 366 days', { expiryDays: 366 }, 400, 'expiryDays'],
    ['for -1 days', { expiryDays: -1 }, 400, 'expiryDays'],
    ['with a statement that is not there', { statements: [{ value: 'nothing' }] }, 400, 'nothing'],
    ['with a name that is taken', { name: 'default terms of use' }, 409, 'name'],
  ])('%s are refused', async (_name, change, status, named) => {
    const domain = await testDomain();
    const answer = await terms(domain, 'Terms', [], change as JsonObject);
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toContain(named);
  });

  test('are named by Apps, which show their name on request, and keep them from being deleted', async () => {
    const domain = await testDomain();
    const { body: made } = await terms(domain, 'Terms of the shop', []);
    const { body: app } = await domain.send('POST', '/admin/v1/Apps', {
      body: {
        schemas: [`${IDCS}:App`],
        displayName: 'Shop',
        basedOnTemplate: { value: 'CustomWebAppTemplateId' },
      },
    });
    const use = (value: string) =>
      patch(domain, `/admin/v1/Apps/${app.id}`, { op: 'add', path: 'termsOfUse', value: { value } });
    expect((await use('nothing')).status).toBe(400);
    const used = await use(made.id);
    expect(used.body.termsOfUse).toEqual({ value: made.id, $ref: `${domain.url}${TERMS}/${made.id}` });
    const { body: named } = await domain.send('GET', `/admin/v1/Apps/${app.id}?attributes=termsOfUse.name`);
    expect(named.termsOfUse.name).toBe('Terms of the shop');
    const { body: back } = await domain.send('GET', `${TERMS}/${made.id}?attributes=apps`);
    expect(back.apps).toEqual([{ value: app.id, $ref: `${domain.url}/admin/v1/Apps/${app.id}` }]);
    const refused = await domain.send('DELETE', `${TERMS}/${made.id}`);
    expect([refused.status, refused.body[ERROR].messageId]).toEqual([
      400,
      'error.common.validation.referencedResource',
    ]);
    expect((await domain.send('DELETE', `${TERMS}/${made.id}?forceDelete=true`)).status).toBe(204);
    expect((await domain.send('GET', `/admin/v1/Apps/${app.id}`)).body).not.toHaveProperty('termsOfUse');
  });
});

describe('TermsOfUseStatements', () => {
  test('can be assigned to terms as they are made, and show them on request only', async () => {
    const domain = await testDomain();
    const { body: asia } = await terms(domain, 'Asia Terms Of Use', []);
    const termsOfUse = [
      { value: asia.id, display: 'Asia', $ref: 'https://elsewhere.example' },
      { value: 'DefaultTermsOfUse', locale: 'Default Terms Of Use' },
    ];
    const id = await statement(domain, 'ko', { termsOfUse });
    expect((await domain.send('GET', `${STATEMENTS}/${id}`)).body).not.toHaveProperty('termsOfUse');
    const { body } = await domain.send('GET', `${STATEMENTS}/${id}?attributes=termsOfUse`);
    expect(body.termsOfUse).toEqual([
      { value: asia.id, display: 'Asia Terms Of Use', $ref: `${domain.url}${TERMS}/${asia.id}` },
      { value: 'DefaultTermsOfUse', display: 'Default Terms Of Use', $ref: `${domain.url}${TERMS}/DefaultTermsOfUse` },
    ]);
    expect(await listed(domain, asia.id)).toEqual([id]);
    expect(await listed(domain, 'DefaultTermsOfUse')).toEqual(['DefaultTermsOfUseStatement', id]);
  });

  test('keep their terms at a PUT without them, and change them by PUT and PATCH', async () => {
    const domain = await testDomain();
    const ids = [];
    for (const name of ['A', 'B', 'C']) ids.push((await terms(domain, name, [])).body.id);
    const [a, b, c] = ids;
    const id = await statement(domain, 'es', { termsOfUse: [{ value: a }] });
    const put = (more: JsonObject) =>
      domain.send('PUT', `${STATEMENTS}/${id}`, {
        body: { schemas: [`${IDCS}:TermsOfUseStatement`], locale: 'es', statement: 'Los términos.', ...more },
      });
    expect((await put({})).body.statement).toBe('Los términos.');
    expect(await listed(domain, a)).toEqual([id]);
    expect((await put({ termsOfUse: [{ value: b }] })).status).toBe(200);
    expect([await listed(domain, a), await listed(domain, b)]).toEqual([[], [id]]);
    const added = await patch(domain, `${STATEMENTS}/${id}`, { op: 'add', path: 'termsOfUse', value: [{ value: c }] });
    expect(added.status, added.text).toBe(200);
    expect(await listed(domain, c)).toEqual([id]);
    await patch(domain, `${STATEMENTS}/${id}`, { op: 'remove', path: `termsOfUse[value eq "${b}"]` });
    expect([await listed(domain, b), await listed(domain, c)]).toEqual([[], [id]]);
    await patch(domain, `${STATEMENTS}/${id}`, { op: 'remove', path: 'termsOfUse' });
    expect(await listed(domain, c)).toEqual([]);
  });

  test('that terms list are deleted with force only, and the terms lose them', async () => {
    const domain = await testDomain();
    const id = await statement(domain, 'fr');
    const { body: made } = await terms(domain, 'Terms', [id]);
    const refused = await domain.send('DELETE', `${STATEMENTS}/${id}`);
    expect([refused.status, refused.body[ERROR].messageId]).toEqual([
      400,
      'error.common.validation.referencedResource',
    ]);
    expect(refused.body.detail).toContain('TermsOfUse Terms');
    expect((await domain.send('DELETE', `${STATEMENTS}/${id}?forceDelete=true`)).status).toBe(204);
    expect((await domain.send('GET', `${TERMS}/${made.id}`)).body).not.toHaveProperty('statements');
    expect((await domain.send('DELETE', `${TERMS}/${made.id}`)).status).toBe(204);
    expect((await domain.send('GET', `${TERMS}/${made.id}`)).status).toBe(404);
  });

  test.each([
    ['no language', { locale: null }],
    ['a language that there is not', { locale: 'xx' }],
    ['no text', { statement: '' }],
    ['terms that are not there', { termsOfUse: [{ value: 'nothing' }] }],
  ])('with %s are refused', async (_name, change) => {
    const domain = await testDomain();
    const body = { schemas: [`${IDCS}:TermsOfUseStatement`], locale: 'en', statement: 'Terms.', ...change };
    expect((await domain.send('POST', STATEMENTS, { body })).status).toBe(400);
  });

  test('and terms are made in one Bulk request', async () => {
    const domain = await testDomain();
    const { body } = await domain.send('POST', '/admin/v1/Bulk', {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: [
          {
            method: 'POST',
            path: '/TermsOfUseStatements',
            bulkId: 'text',
            data: { schemas: [`${IDCS}:TermsOfUseStatement`], locale: 'en', statement: 'Terms.' },
          },
          {
            method: 'POST',
            path: '/TermsOfUses',
            bulkId: 'terms',
            data: { schemas: [`${IDCS}:TermsOfUse`], name: 'Bulk', statements: [{ value: 'bulkId:text' }] },
          },
        ],
      },
    });
    expect(body.Operations.map(({ status }: JsonObject) => status)).toEqual(['201', '201']);
    const { body: made } = await domain.send('GET', body.Operations[1].location.slice(domain.url.length));
    expect(made.statements).toMatchObject([{ locale: 'en' }]);
  });
});

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/scim/json.ts';
import { type MfaWorld, mfaWorld } from '../mfa/mfa-fixture.ts';

/*
 * The recorded scenarios of the collections Factor Enrollment and Factor Verification, each as a chain: a request uses what the
 * answers before it gave.
 */

interface Step {
  readonly id: string;
  /** What happens first, outside the API. */
  readonly do?: 'scan' | 'approve' | 'prefer' | 'bypass';
  readonly method: string;
  readonly path: string;
  readonly body?: JsonObject;
  readonly status: number;
  /** Keys and fixed values of the recorded answer; null: there was no body. */
  readonly answer: JsonValue;
}

const { scenarios } = JSON.parse(readFileSync(new URL('factor-scenarios.json', import.meta.url), 'utf8')) as {
  readonly scenarios: readonly { readonly scenario: string; readonly steps: readonly Step[] }[];
};

/** Values that the fixture keeps as recorded. */
const FIXED = new Set(['status', 'factorStatus', 'methods', 'method', 'imageType', 'offlineTOTP', 'code', 'message']);
const FIXED_IDS = new Set(['SecurityQuestions', 'BypassCode']);

/** An answer in the form of the fixture. */
function shapeOf(value: JsonValue, key = ''): JsonValue {
  if (Array.isArray(value)) {
    if (FIXED.has(key)) return value;
    return typeof value[0] === 'object' && value[0] !== null ? [shapeOf(value[0])] : value;
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shapeOf(part, name)]));
  }
  if (FIXED.has(key) || key === 'preferredMethod') return value;
  if (/factorId$/i.test(key) && FIXED_IDS.has(String(value))) return value;
  return typeof value;
}

let world: MfaWorld;
const report: string[] = [];

beforeAll(async () => {
  world = await mfaWorld();
  await world.settings({ smsEnabled: true, securityQuestionsEnabled: true, phoneCallEnabled: true });
});

afterAll(() => {
  process.stdout.write(`${['scenario | steps | passed', ...report].join('\n')}\n`);
});

describe('recorded scenarios of factors', () => {
  it.each(scenarios)('$scenario', async ({ scenario, steps }) => {
    const user = await world.user();
    const known: { [name: string]: JsonValue } = { userGUID: user.id };
    let passed = 0;
    try {
      for (const step of steps) {
        await happen(step, user, known);
        const path = await filled(step.path, user, known);
        const body = step.body === undefined ? undefined : ((await filled(step.body, user, known)) as JsonObject);
        const answer = await world.call(step.method, String(path), body);
        expect(answer.status, `${step.id}: ${answer.text}`).toBe(step.status);
        if (step.answer === null) expect(answer.text, step.id).toBe('');
        else expect(shapeOf(answer.body), step.id).toEqual(step.answer);
        remember(answer.body, known);
        passed++;
      }
    } finally {
      report.push(`${scenario} | ${steps.length} | ${passed}`);
    }
  });
});

type User = Awaited<ReturnType<MfaWorld['user']>>;

async function happen({ do: what }: Step, user: User, known: { [name: string]: JsonValue }): Promise<void> {
  if (what === 'scan') await user.scan();
  if (what === 'approve') await user.answerPush('approve');
  if (what === 'bypass') known['bypassCode'] = await user.bypassCode();
  if (what === 'prefer') {
    const preferred = { preferredFactorId: known['factorID']!, preferredMethod: 'EMAIL' };
    expect((await world.call('PATCH', `/mfa/v1/users/${user.id}`, preferred)).status).toBe(200);
  }
}

function remember(body: JsonObject, known: { [name: string]: JsonValue }): void {
  const names = { factorId: 'factorID', requestId: 'requestID', requestState: 'requestState' };
  for (const [from, to] of Object.entries(names)) {
    const value = body[from];
    if (value !== undefined) known[to] = value;
  }
  const [method = body['method']] = (body['methods'] as string[] | undefined) ?? [];
  if (method !== undefined) known['method'] = method;
  if (body['securityQuestions'] !== undefined) known['asked'] = body['securityQuestions'];
}

const ANSWERS: { readonly [question: string]: string } = {
  FavoriteToy: 'toy123',
  FavoriteMovie: 'moviemovie',
  FirstPet: 'dogTessy',
};

/** A template with what earlier answers gave. */
async function filled(template: JsonValue, user: User, known: { [name: string]: JsonValue }): Promise<JsonValue> {
  if (Array.isArray(template)) return Promise.all(template.map((part) => filled(part, user, known)));
  if (typeof template === 'object' && template !== null) {
    const entries = Object.entries(template).map(async ([name, part]) => [name, await filled(part, user, known)]);
    return Object.fromEntries(await Promise.all(entries));
  }
  if (typeof template !== 'string') return template;
  if (template === '{{otpCode}}') return user.code(String(known['method']));
  if (template === '{{answers}}') {
    return (known['asked'] as JsonObject[]).map(({ id }) => ({ id: id!, answer: ANSWERS[String(id)]! }));
  }
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(known[name]));
}

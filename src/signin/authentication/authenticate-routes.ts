import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { JsonObject } from '../../scim/json.ts';
import { acceptedLanguages } from './accepted-languages.ts';
import { type Cause, malformed, RequestRefused, refuse } from './authentication-error.ts';
import { type AuthenticationInput, readInput } from './authentication-input.ts';
import type { AuthenticationClient, Machine } from './authentication-services.ts';
import { type AuthenticationState, beginningState } from './authentication-state.ts';
import type { Step } from './authentication-step.ts';
import { finishSignIn } from './finish.ts';
import type { Brought } from './next-step.ts';
import { openState, sealState, useState } from './request-state.ts';
import { sendSdkAnswer } from './sdk-answer.ts';
import type { SdkServices } from './sdk-client.ts';
import { beginStep, currentOffer, makeStep } from './sign-in-machine.ts';
import { appByName } from './target-app.ts';

/*
 * GET and POST /sso/v1/sdk/authenticate: the sign-in of an application's own pages, step by step (shapes.md §8, §9).
 */

const PATH = '/sso/v1/sdk/authenticate';

/** Mounts the endpoint. */
export function registerAuthenticate(app: FastifyInstance, services: SdkServices): void {
  const route =
    (handler: (exchange: Exchange) => Promise<Reply>) => async (request: FastifyRequest, reply: FastifyReply) => {
      const context = services.contextOf(request);
      try {
        const client = await services.clientOf(request, null);
        const machine = machineOf(services, request, client);
        const { status, body } = await handler({ machine, services, request, client });
        return sendSdkAnswer(reply, context, status, body);
      } catch (error) {
        if (!(error instanceof RequestRefused)) throw error;
        return sendSdkAnswer(reply, context, error.status, failure(error.why));
      }
    };
  app.route({ method: 'GET', url: PATH, exposeHeadRoute: false, handler: route(start) });
  app.post(PATH, route(goOn));
}

interface Exchange {
  readonly machine: Machine;
  readonly services: SdkServices;
  readonly request: FastifyRequest;
  readonly client: AuthenticationClient;
}

interface Reply {
  readonly status: number;
  readonly body: JsonObject;
}

/** The machine for one request. */
export function machineOf(services: SdkServices, request: FastifyRequest, client: AuthenticationClient): Machine {
  const context = services.contextOf(request);
  const languages = acceptedLanguages(request.headers['accept-language']);
  return { services, context: { ...context, client, ip: request.ip, languages, request: context.request! } };
}

async function start({ machine, services, request, client }: Exchange): Promise<Reply> {
  const { appName } = request.query as Record<string, unknown>;
  if (appName !== undefined && (typeof appName !== 'string' || appName.includes('\0'))) throw refuse('AUTH-1118');
  const app = appName === undefined || appName === '' ? null : await appByName(machine, appName);
  const state = beginningState({ clientId: client.id, appId: app?.id ?? null, continueTo: null });
  return answer({ machine, services, client }, await beginStep(machine, state));
}

async function goOn({ machine, services, request, client }: Exchange): Promise<Reply> {
  const input = readInput(request.body);
  try {
    const { state, consume } = await stateOf(machine, client, input);
    return await withState({ machine, services, request, client }, input, state, consume);
  } catch (error) {
    if (!(error instanceof RequestRefused) || error.why.code !== 'AUTH-1120') throw error;
    // IDCS: authn-0104, authn-0137: with a requestState. That it is one that begins anew is inferred.
    const state = beginningState({ clientId: client.id, appId: null, continueTo: null });
    return { status: error.status, body: { ...failure(error.why), requestState: seal(machine, state) } };
  }
}

async function withState(
  { machine, services, client }: Exchange,
  input: AuthenticationInput,
  state: AuthenticationState,
  consume: () => Promise<void>,
): Promise<Reply> {
  try {
    if (input.op === null) throw malformed('Your input request is missing the op attribute, which is mandatory.', 422);
    await consume();
    return await answer({ machine, services, client }, await makeStep(machine, state, input), input);
  } catch (error) {
    if (!(error instanceof RequestRefused) || error.why.code === 'AUTH-1120') throw error;
    // Nothing was done: the offer stands, under a state that is as good as the one that was sent.
    const body = { ...failure(error.why), ...(await currentOffer(machine, state)) };
    return { status: error.status, body: { ...body, requestState: seal(machine, state) } };
  }
}

/** The state that a request comes with. @throws RequestRefused AUTH-1120 */
async function stateOf(
  machine: Machine,
  client: AuthenticationClient,
  input: AuthenticationInput,
): Promise<{ readonly state: AuthenticationState; consume(): Promise<void> }> {
  const { services, context } = machine;
  const app = input.appName === null ? null : await appByName(machine, input.appName);
  if (input.requestState === null) {
    // IDCS: flows.md E: a device that stays signed in needs none.
    if (input.authFactor !== 'KMSI') throw refuse('AUTH-1120');
    const state = beginningState({ clientId: client.id, appId: app?.id ?? null, continueTo: null });
    return { state, consume: () => Promise.resolve() };
  }
  const opened = openState(services, context, client.id, input.requestState);
  // IDCS: flows.md E: a requestState of another app is declined.
  if (app !== null && opened.state.appId !== app.id) throw refuse('AUTH-1120');
  return { state: opened.state, consume: () => useState(services, context, opened) };
}

async function answer(
  { machine, services, client }: Pick<Exchange, 'machine' | 'services' | 'client'>,
  step: Step,
  brought?: Brought,
): Promise<Reply> {
  if (step.kind === 'signed-in') {
    const finished = await finishSignIn(machine, step, brought);
    const { trustToken, kmsiToken } = finished;
    const body: JsonObject = {
      status: 'success',
      authnToken: await services.authnToken(machine.context, client, finished),
    };
    if (trustToken !== null) body['trustToken'] = trustToken;
    if (kmsiToken !== null) body['kmsiToken'] = kmsiToken;
    return { status: 200, body };
  }
  const body: JsonObject = { status: step.status };
  if (step.cause !== undefined) body['cause'] = [{ ...step.cause }];
  Object.assign(body, step.offer);
  if (step.kmsiToken !== undefined) body['kmsiToken'] = step.kmsiToken;
  if (step.next !== null) body['requestState'] = seal(machine, step.next);
  return { status: step.status === 'failed' ? 401 : 200, body };
}

function seal({ services, context }: Machine, state: AuthenticationState): string {
  return sealState(services, context, state);
}

/** IDCS: shapes.md §9. */
export function failure(why: Cause): JsonObject {
  return { status: 'failed', cause: [{ message: why.message, code: why.code }] };
}

import { createHash } from 'node:crypto';
import { DEVELOPMENT_ADMIN_PASSWORD } from '../src/config.ts';
import { newBrowser } from '../test/support/browser.ts';
import { adminToken, newDomain, ROOT, startEmulatorProcess } from './emulator-process.ts';
import { type Fire, type Measure, measure, measureJourneys, type Shot } from './load.ts';
import { type MeasuredProcess, settled, startMeasured } from './measured-process.ts';
import { type BenchDatabase, row } from './operations.ts';
import type { Row } from './report.ts';

/*
 * What a relying party does all day, by a user whose browser has a session: sign-in with a code, refresh, introspect, userinfo. The
 * floor is bare Fastify that signs as many tokens.
 */

const CALLBACK = 'https://app.example.com/callback';
const SCOPE = 'openid offline_access';
const VERIFIER = 'a-code-verifier-of-forty-three-characters-or-more';
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const FORM = 'application/x-www-form-urlencoded';
const DOMAIN = 'bench-oauth';

/** A relying party, and the session of a user's browser. */
interface World {
  readonly basic: string;
  readonly cookie: string;
  readonly prefix: string;
}

/** Journeys and single requests, beside their floors. */
export async function measureOAuth(database: BenchDatabase, requests: number): Promise<Row[]> {
  const emulator = await startEmulatorProcess({ DATABASE_URL: database.url });
  const floor = await startMeasured(`${ROOT}bench/floors/token-floor.mjs`, { ready: /floor at (\S+)/ });
  try {
    const world = await newWorld(emulator);
    await settled(emulator);
    const one = await measure(floor, () => floorShot('/oauth2/v1/token'), { requests });
    const two = await measure(floor, () => floorShot('/two'), { requests });
    return [
      row('floor: Fastify + jose, one signature', one),
      row('floor: Fastify + jose, two signatures', two),
      ...(await measureWorld(emulator, world, { one, two }, requests)),
    ];
  } finally {
    await floor.stop();
    await emulator.stop();
  }
}

async function measureWorld(
  emulator: MeasuredProcess,
  world: World,
  floors: { one: Measure; two: Measure },
  requests: number,
): Promise<Row[]> {
  const rows: Row[] = [];
  const judge = (what: string, measured: Measure, least: Measure, limit: number) =>
    rows.push({ ...row(what, measured, least), target: `<= ${limit}x`, met: measured.cpuUs <= limit * least.cpuUs });

  let last = { access_token: '', refresh_token: '' };
  const signIn = async (fire: Fire) => {
    const code = codeOf((await fire(authorizeShot(world))).headers.location);
    last = JSON.parse((await fire(tokenShot(world, codeForm(code)))).text);
  };
  judge('authorize, code, token (2 requests)', await measureJourneys(emulator, signIn, { requests }), floors.two, 3.5);
  judge('authorize alone', await measure(emulator, () => authorizeShot(world), { requests }), floors.one, 1.5);
  const { access_token, refresh_token } = last;
  const refresh = { grant_type: 'refresh_token', refresh_token };
  judge('refresh', await measure(emulator, () => tokenShot(world, refresh), { requests }), floors.two, 2);
  const introspect = () => postShot(world, '/oauth2/v1/introspect', { token: access_token });
  judge('introspect', await measure(emulator, introspect, { requests }), floors.one, 1.5);
  const userinfo = (): Shot => ({
    method: 'GET',
    path: `${world.prefix}/oauth2/v1/userinfo`,
    headers: { authorization: `Bearer ${access_token}` },
    expect: 200,
  });
  judge('userinfo', await measure(emulator, userinfo, { requests }), floors.one, 1.5);
  return rows;
}

const floorShot = (path: string): Shot => ({
  method: 'POST',
  path,
  headers: { 'content-type': FORM },
  body: 'scope=urn%3Aopc%3Aidm%3A__myscopes__',
  expect: 200,
});

function authorizeShot({ prefix, cookie }: World): Shot {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'bench_app',
    redirect_uri: CALLBACK,
    scope: SCOPE,
    state: 'a-state',
    nonce: 'a-nonce',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  });
  return { method: 'GET', path: `${prefix}/oauth2/v1/authorize?${query}`, headers: { cookie }, expect: 302 };
}

function codeForm(code: string): Record<string, string> {
  return { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: VERIFIER };
}

const tokenShot = (world: World, form: Record<string, string>) => postShot(world, '/oauth2/v1/token', form);

function postShot({ prefix, basic }: World, path: string, form: Record<string, string>): Shot {
  const headers = { authorization: basic, 'content-type': FORM };
  return { method: 'POST', path: `${prefix}${path}`, headers, body: new URLSearchParams(form).toString(), expect: 200 };
}

function codeOf(location: string | undefined): string {
  const code = new URL(location ?? '').searchParams.get('code');
  if (code === null) throw new Error(`no code: ${location}`);
  return code;
}

/** A domain with a relying party, and the administrator signed in to it. */
async function newWorld(emulator: MeasuredProcess): Promise<World> {
  const url = await newDomain(emulator.url, DOMAIN);
  const answer = await fetch(`${url}/admin/v1/Apps`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await adminToken(url)}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      schemas: ['urn:ietf:params:scim:schemas:oracle:idcs:App'],
      displayName: 'Bench',
      name: 'bench_app',
      basedOnTemplate: { value: 'CustomWebAppTemplateId' },
      isOAuthClient: true,
      clientType: 'confidential',
      allowedGrants: ['authorization_code', 'refresh_token'],
      allowedOperations: ['introspect'],
      redirectUris: [CALLBACK],
      bypassConsent: true,
      active: true,
    }),
  });
  const app = (await answer.json()) as { clientSecret?: string };
  if (!answer.ok) throw new Error(`no App: ${answer.status} ${JSON.stringify(app)}`);
  const browser = newBrowser(url);
  const asked = authorizeShot({ basic: '', cookie: '', prefix: '' }).path;
  const page = await browser.follow(await browser.get(asked));
  const fields = { username: 'admin@example.com', password: DEVELOPMENT_ADMIN_PASSWORD };
  const done = await browser.follow(await browser.submit(page, fields));
  codeOf(done.location ?? undefined);
  return {
    basic: `Basic ${Buffer.from(`bench_app:${app.clientSecret}`).toString('base64')}`,
    cookie: browser
      .cookies()
      .map(({ name, value }) => `${name}=${value}`)
      .join('; '),
    prefix: new URL(url).pathname,
  };
}

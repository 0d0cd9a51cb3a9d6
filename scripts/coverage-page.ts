import { readFileSync } from 'node:fs';
import { type CoveredRoute, coverage } from '../src/http/coverage.ts';

const TESTER = new URL('../test/interop/scim2-tester/', import.meta.url);

/** docs/coverage.md, from the known endpoints and the registry of resource types. A test compares the two. */
export function coveragePage(): string {
  const all = coverage();
  const built = all.filter(({ routes }) => routes.some((route) => route.built));
  const missing = all.filter(({ routes }) => routes.every((route) => !route.built));
  const count = (lists: typeof all, wanted: boolean) =>
    lists.flatMap(({ routes }) => routes.filter((route) => route.built === wanted)).length;
  const { rows, legend } = testerTable();
  return `<!-- Written by npm run coverage:docs. -->
# Coverage

What the real service has, and what of it answers here. A route that the real service has and this build hasn't answers **501** in its
API's error form, and \`GET /_emulator/info\` counts the calls. ${count(all, true)} routes work, ${count(all, false)} answer 501.

## Works

| endpoint | resource type | works | 501 |
| --- | --- | --- | --- |
${built.map(({ endpoint, routes }) => `| \`${endpoint.path}\` | ${endpoint.resourceType ?? ''} | ${verbs(routes, true)} | ${verbs(routes, false)} |`).join('\n')}

Every resource type above also answers \`OPTIONS\`; every \`GET\` also \`HEAD\`.

## Limits of what works

- Token endpoint: exchanges of Kerberos (\`spnego\`) and \`aws-credential\` subject tokens answer 501. OCI signatures are those of users:
  instance and resource principals don't exist. OAuthConfig decides lifetimes; its \`oidcUserAttributesMapping\` is kept, not applied.
- Signing in on pages: passwords, second factors, account recovery, terms of use ([sign-in.md](sign-in.md)). No page manages a user's
  factors. A device that is let in on its page needs the second factor of the domain's policy, not of its App's. \`/sso/v1/sdk/secure/idp\` checks
  the choice of an identity provider and answers 501. Passkeys are for pages alone.
- Second factors: passcodes by mail, SMS and phone call, authenticator apps, pushes, security questions and bypass codes; enrolled, asked
  for and removed by both APIs ([which](factors.md)). Phones are simulated: the control plane scans and approves.
- HTTPAuthenticator, and AuthenticationFactorEnroller, Initiator and Validator for administrators, are inferred in part
  ([password-authenticator.md](password-authenticator.md#httpauthenticator), [factors.md](factors.md#enrolling-by-oneself)).
- Groups: rules of dynamic groups are filters over users ([which](groups.md#dynamic-groups)); the service's own language is not known.
- AppTemplates: those that the documented examples name ship and can be read; none can be made, and the catalog's hundreds are absent.
- Policies: no risk scores, devices or session attributes; identity provider policies decide on what the Authentication API offers, not on
  our own sign-in page; nothing asks for authentication target policies but /_emulator/policies/evaluate. Network perimeters of Apps (appsNetworkPerimeters) are stored, and nothing heeds them.
- OAuth certificates: imported as text only, not from keystores; assertions are verified whatever the
  certificate's own validity dates say.
- Cloud Gates and RADIUS proxies: their configuration and their OAuth clients are kept; no gate and no proxy runs.
- Dynamic resource groups: rules are checked and kept; there are no resources of OCI that could be in them.
- Approval workflows: those assigned for \`ACTIVATION\` are kept and never asked.
- Federation: the resources are complete, signing in at another provider is absent: \`/fed/v1/sp\` and \`/fed/v1/idp\` take no
  messages, just-in-time provisioning is configured and never runs, nothing outside is called (VerificationClaims
  answers what the domain's providers map): [federation.md](federation.md).

## scim2-tester

\`npm run interop -- scim2-tester\` runs [scim2-tester](https://pypi.org/project/scim2-tester/), a tester for RFC 7643 and 7644, over
every resource type under /admin/v1. It gets valid bodies for what it creates; attributes that it changes one by one get made-up values. A failure
without a reason, and a reason without a failure, fail the run. Types of which no check applies (actions by id) are left out.

| resource type | checks | passed | failed |
| --- | --- | --- | --- |
${rows}

Why they fail:

${legend}

## Answers 501

| endpoint | resource type | methods |
| --- | --- | --- |
${missing.map(({ endpoint, routes }) => `| \`${endpoint.path}\` | ${endpoint.resourceType ?? ''} | ${verbs(routes, false)} |`).join('\n')}
`;
}

function verbs(routes: readonly CoveredRoute[], built: boolean): string {
  const shown = routes
    .filter((route) => route.built === built)
    .map(({ method, path }) => {
      if (path.endsWith('/.search')) return `${method} /.search`;
      return path.includes('{') ? `${method} /{id}` : method;
    });
  return [...new Set(shown)].join(', ');
}

/** What the last written run of scim2-tester found, by type, and the reasons of failures. */
function testerTable(): { rows: string; legend: string } {
  const read = (name: string) => JSON.parse(readFileSync(new URL(name, TESTER), 'utf8'));
  const results = read('results.json') as Record<
    string,
    { checks: number; passed: number; failed: Record<string, number> }
  >;
  const reasons = read('reasons.json') as { key: string; reason: string }[];
  const rows = Object.entries(results).map(([type, { checks, passed, failed }]) => {
    const why = Object.entries(failed).map(([key, count]) => `${key} ${count}`);
    return `| ${type} | ${checks} | ${passed} | ${why.join(', ')} |`;
  });
  return { rows: rows.join('\n'), legend: reasons.map(({ key, reason }) => `- ${key}: ${reason}`).join('\n') };
}

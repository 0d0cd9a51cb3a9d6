import { SETTINGS } from '../src/config.ts';

/** docs/configuration.md, from the table of settings in src/config.ts. A test compares the two. */
export function configurationPage(): string {
  const rows = Object.entries(SETTINGS).map(
    ([name, setting]) =>
      `| \`${setting.variable}\` | \`${name}\` | ${setting.about} | ${setting.allowed} | ${setting.default} |`,
  );
  return `<!-- Written by npm run configuration:docs from src/config.ts. -->
# Configuration

Everything is set by environment variables; the library takes the same settings by name (\`startEmulator({ port: 0 })\`). An empty
variable counts as unset. An unknown \`IDCS_\` variable or a bad value ends the start with one line that names the variable, the
value and what is allowed.

| variable | option | what it does | allowed | default |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

## Secrets

On a loopback address the first administrator's password and the first client's secret are the fixed values above: everybody
knows them, and nobody else can reach the address. On any other \`IDCS_HOST\` the server refuses to start until
\`IDCS_ADMIN_PASSWORD\` and \`IDCS_CLIENT_SECRET\` are set, or \`IDCS_INSECURE=true\` says that the development values are meant.

\`IDCS_SECRET_KEY\` encrypts client secrets and private keys in the store. Unset, a key is made once and kept with the data. Make one
with \`openssl rand -base64 32\`.

## HTTPS

\`IDCS_TLS_PORT=8443\` opens HTTPS beside HTTP. Without \`IDCS_TLS_CERT\` and \`IDCS_TLS_KEY\` the emulator makes a certificate for
localhost and this machine's name, signed by a CA that is made once and kept with the data:

\`\`\`sh
curl -s http://127.0.0.1:8080/_emulator/ca.pem -o idcs-ca.pem
curl --cacert idcs-ca.pem https://localhost:8443/_emulator/health
\`\`\`

## Reproducible runs

\`IDCS_ID_SEED=1\` makes ids, OCIDs and generated secrets the same in every run that makes the same calls in the same order, and takes
signing keys from a small set that ships with the emulator. Whoever knows the number knows every secret.
`;
}

import { describe, expect, test } from 'vitest';
import { ConfigError, configFromEnvironment, configFromOptions, configWarnings, SETTINGS } from '../src/config.ts';

const refusal = (environment: Record<string, string>) => {
  try {
    configFromEnvironment(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('was accepted');
};

describe('configuration', () => {
  test('has the documented defaults', () => {
    expect(configFromEnvironment({})).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      tlsPort: null,
      databaseUrl: null,
      dataDir: './.idcs-data',
      adminUserName: 'admin@example.com',
      clientId: 'idcs-admin',
      authz: 'enforce',
      domainName: 'Default',
      issuer: 'https://identity.oraclecloud.com/',
      seeds: [],
      logLevel: 'info',
    });
  });

  test('takes an empty variable as unset', () => {
    expect(configFromEnvironment({ DATABASE_URL: '', IDCS_PORT: '' })).toMatchObject({ databaseUrl: null, port: 8080 });
  });

  test.each([
    ['IDCS_PORT', '80800'],
    ['IDCS_PORT', 'http'],
    ['IDCS_PORT', '1e3'],
    ['IDCS_PORT', ' '],
    ['IDCS_ID_SEED', '0x10'],
    ['IDCS_ISSUER', 'https://idp.example.com/?tenant=a'],
    ['IDCS_BASE_URL', 'https://user:pw@idp.example.com'],
    ['IDCS_BASE_URL', 'https://idp.example.com/#a'],
    ['IDCS_DOMAIN_NAME', 'localhost'],
    ['IDCS_DOMAIN_NAME', 'idcs-0123'],
    ['IDCS_AUTHZ', 'none'],
    ['IDCS_ISSUER', 'nowhere'],
    ['IDCS_ID_SEED', '-1'],
    ['IDCS_TRUST_PROXY', 'yes'],
    ['IDCS_DOMAIN_NAME', 'a b'],
    ['IDCS_BASE_URL', 'localhost:8080'],
    ['IDCS_LOG_LEVEL', 'loud'],
    ['IDCS_MTLS_PORT', 'on'],
  ])('refuses %s=%s in one line with variable, value and what is allowed', (variable, value) => {
    const allowed = Object.values(SETTINGS).find((each) => each.variable === variable)!.allowed;
    expect(refusal({ [variable]: value })).toBe(`${variable}=${value}: allowed is ${allowed}`);
  });

  test('never prints the value of a secret', () => {
    expect(refusal({ IDCS_SECRET_KEY: 'hunter2hunter2' })).not.toContain('hunter2');
    expect(refusal({ DATABASE_URL: 'mysql://root:hunter2@db/x' })).not.toContain('hunter2');
    for (const misspelt of ['IDCS_ADMIN_PASSWROD', 'IDCS_CLIENTSECRET', 'IDCS_TOKEN', 'IDCS_DATABASE_URL']) {
      expect(refusal({ [misspelt]: 'hunter2' })).toMatch(new RegExp(`^${misspelt}=\\(hidden\\): no such setting`));
    }
  });

  test.each([
    'smtp.example.com:25',
    'http://smtp.example.com',
    'smtp://',
    'smtp://user:hunter2@',
    'smtp://user@smtp.example.com',
    'smtp://smtp.example.com/path',
    'smtp://smtp.example.com?tls=no',
    'smtp://user:%zz@smtp.example.com',
    'smtp://smtp.example.com:99999',
  ])('refuses IDCS_SMTP_URL=%s without printing it', (value) => {
    const { allowed } = SETTINGS.smtpUrl;
    expect(refusal({ IDCS_SMTP_URL: value })).toBe(`IDCS_SMTP_URL=(hidden): allowed is ${allowed}`);
  });

  test.each([
    'smtp://localhost',
    'smtp://127.0.0.1:1025/',
    'smtps://a%40b:p%3Aw@mail.example.com:465',
    'smtp://[::1]:25',
  ])('takes IDCS_SMTP_URL=%s', (value) => {
    expect(configFromEnvironment({ IDCS_SMTP_URL: value }).smtpUrl).toBe(value);
  });

  test('refuses an unknown IDCS_ variable by name', () => {
    expect(refusal({ IDCS_PROT: '1' })).toContain('IDCS_PROT=1');
  });

  test('refuses development secrets on an address that others can reach', () => {
    expect(refusal({ IDCS_HOST: '0.0.0.0' })).toMatch(/IDCS_ADMIN_PASSWORD and IDCS_CLIENT_SECRET/);
    expect(refusal({ IDCS_HOST: '0.0.0.0', IDCS_ADMIN_PASSWORD: 'x' })).toMatch(/set IDCS_CLIENT_SECRET /);
    expect(configFromEnvironment({ IDCS_HOST: '0.0.0.0', IDCS_INSECURE: 'true' }).clientSecret).not.toBeNull();
  });

  test('refuses a seeded run on an address that others can reach', () => {
    const secrets = { IDCS_ADMIN_PASSWORD: 'x', IDCS_CLIENT_SECRET: 'y' };
    expect(refusal({ IDCS_HOST: '10.0.0.1', ...secrets, IDCS_ID_SEED: '7' })).toContain('IDCS_ID_SEED=7');
    expect(refusal({ IDCS_HOST: '10.0.0.1', ...secrets, IDCS_DEV_LOGIN: 'true' })).toContain('IDCS_DEV_LOGIN=true');
  });

  test('warns at every start off loopback', () => {
    const config = configFromEnvironment({ IDCS_HOST: '0.0.0.0', IDCS_INSECURE: 'true' });
    expect(configWarnings(config)).toHaveLength(2);
    expect(configWarnings(configFromEnvironment({}))).toEqual([]);
  });

  test('wants certificate and key together', () => {
    expect(refusal({ IDCS_TLS_CERT: 'a.pem' })).toContain('IDCS_TLS_KEY');
  });

  test('wants the port for client certificates before their CA', () => {
    expect(refusal({ IDCS_MTLS_CLIENT_CA: 'ca.pem' })).toMatch(/^IDCS_MTLS_CLIENT_CA=ca\.pem: needs IDCS_MTLS_PORT/);
    expect(configFromEnvironment({ IDCS_MTLS_CLIENT_CA: 'ca.pem', IDCS_MTLS_PORT: '8444' })).toMatchObject({
      mtlsPort: 8444,
      mtlsClientCa: 'ca.pem',
    });
  });

  test('reads the library options by name, as values or as text', () => {
    expect(configFromOptions({ port: 0, seeds: ['cncc', 'a.yaml'], trustProxy: true })).toMatchObject({
      port: 0,
      seeds: ['cncc', 'a.yaml'],
      trustProxy: true,
    });
    expect(configFromOptions({ port: '0', seeds: 'cncc' })).toMatchObject({ port: 0, seeds: ['cncc'] });
    expect(() => configFromOptions({ prot: 1 } as never)).toThrow(/prot: no such option/);
  });
});

import type { Client } from '../../../src/oauth/client.ts';

/** A client as tests of pure parts need one. */
export function aClient(changes: Partial<Client> = {}): Client {
  return {
    id: '0123456789abcdef0123456789abcdef',
    ocid: 'ocid1.domainapp.oc1..aaaaaaaatest',
    name: 'console',
    displayName: 'CNC Console',
    active: true,
    type: 'confidential',
    allowedGrants: new Set(['client_credentials', 'password', 'refresh_token']),
    allowedOperations: new Set(),
    allowedScopes: new Set(),
    roles: [],
    secretHash: null,
    data: {},
    ...changes,
  };
}

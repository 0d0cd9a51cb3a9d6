import type { JsonObject } from '../../scim/json.ts';

/** The network functions and common services that CNC Console manages. */
const MANAGED = 'BSF CAPIF EIR NEF NRF NSSF NWDAF OCNADD POLICY PROVGW SCP SEPP UDR CNE CS'.split(' ');

const GROUP = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:group:Group';

function group(displayName: string, description: string): JsonObject {
  return { displayName, [GROUP]: { description } };
}

/**
 * Preset `cncc`: CNC Console's roles as groups. Descriptions follow CNC Console guide 2.9 (ADMIN), 3.7 (SCP_READ, SCP_WRITE).
 * Its installation asks for the signing certificate without a token.
 */
export const CNCC: JsonObject = {
  settings: { signingCertPublicAccess: true },
  Groups: [
    group('ADMIN', 'Has access to all NF resources and can perform CRUD operations'),
    ...MANAGED.flatMap((name) => [
      group(
        `${name}_READ`,
        `Has access to only ${name} resources and can only perform READ Managed Objects of ${name}.`,
      ),
      group(
        `${name}_WRITE`,
        `Has access to only ${name} resources and can perform CRUD operations on Managed Objects.`,
      ),
    ]),
  ],
};

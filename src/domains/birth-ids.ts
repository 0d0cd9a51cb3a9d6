import { createHash } from 'node:crypto';
import { type IdSource, newId, newOcid } from '../ids.ts';

/** Ids of what a domain is born with. */
export interface BirthIds {
  /** @param what a name that is unique among the domain's first resources, e.g. `User:admin` */
  id(what: string): string;
  /** @param kind the OCID's resource kind */
  ocid(kind: string, what: string): string;
}

/**
 * Ids that follow from the tenant's name: a reset domain gets the same ones again, so that a test suite may keep the ids and
 * the tokens of its administrator. They are no secrets; nothing secret is ever made from here.
 */
export function birthIds(tenant: string): BirthIds {
  return {
    id: (what) => newId(stream(`${tenant}:id:${what}`)),
    ocid: (kind, what) => newOcid(stream(`${tenant}:ocid:${kind}:${what}`), kind),
  };
}

/** An endless stream of bytes that follows from a text. */
function stream(text: string): IdSource {
  let counter = 0;
  return {
    bytes(length) {
      const blocks: Buffer[] = [];
      for (let have = 0; have < length; have += 32) {
        blocks.push(createHash('sha256').update(`${text}:${counter++}`).digest());
      }
      return Buffer.concat(blocks).subarray(0, length);
    },
  };
}

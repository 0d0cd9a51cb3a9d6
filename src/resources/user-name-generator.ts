import { badRequest } from '../scim/errors.ts';
import type { Behaviour, Draft } from './behaviour.ts';
import type { RequestContext } from './request-context.ts';

/** Numbers that are tried one after the other; then random ones. */
const COUNTED = 20;
/** IDCS: user names have 255 characters at most (as ids of references); room for a number. */
const LONGEST = 240;

/**
 * UserNameGenerator: a user name that nobody has: the mail address, else `given.family`, with a number where it is taken. How the
 * real service makes one is not documented: inferred.
 */
export const userNameGeneratorBehaviour: Behaviour = {
  type: 'UserNameGenerator',
  actions: {
    async create(context, draft) {
      return { status: 201, locationKey: null, data: { userName: await freeName(context, wishOf(draft)) } };
    },
  },
};

/** What stands before the number, and behind it. */
interface Wish {
  readonly head: string;
  readonly tail: string;
}

function wishOf(draft: Draft): Wish {
  const email = text(draft, 'email');
  const at = email.lastIndexOf('@');
  if (at > 0) return { head: email.slice(0, at).slice(0, LONGEST), tail: email.slice(at).slice(0, LONGEST) };
  const names = [email, text(draft, 'givenName'), text(draft, 'familyName')]
    .map((name) => name.toLowerCase().replace(/[^\p{L}\p{N}_-]+/gu, ''))
    .filter((name) => name !== '');
  if (names.length === 0) throw badRequest('UserNameGenerator needs an email, or a givenName or familyName.');
  return { head: names.join('.').slice(0, LONGEST), tail: '' };
}

async function freeName({ store, domain, ids }: RequestContext, { head, tail }: Wish): Promise<string> {
  for (let number = 0; ; number++) {
    const mark = number === 0 ? '' : number < COUNTED ? String(number) : String(ids.bytes(4).readUInt32BE());
    const name = `${head}${mark}${tail}`;
    if ((await store.resources.readByName(domain.id, 'User', name)) === null) return name;
  }
}

function text(draft: Draft, name: string): string {
  const value = draft.transient.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

/** What a domain may be called: a DNS label, so that `alpha.localhost` and `/_domains/alpha` both work. */
const DOMAIN_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/i;

/** `localhost.localhost` is confusing; the others are slips of a script that filled in a name it did not have. */
const RESERVED: ReadonlySet<string> = new Set(['localhost', 'null', 'undefined']);

/** Tenants are called `idcs-` and 32 hex digits, also in host names: a domain's name must not look like one. */
const TENANT = /^idcs-/;

/** Whether a text can name a domain at all; what can't is answered without a query. */
export function isDomainName(name: string): boolean {
  return DOMAIN_NAME.test(name);
}

/** A new domain can't have this name. The message says why. */
export class BadDomainName extends Error {
  constructor(reason: string) {
    super(`name: ${reason}`);
    this.name = 'BadDomainName';
  }
}

/** @throws BadDomainName when a new domain can't be called that */
export function checkDomainName(name: string): void {
  if (!isDomainName(name)) throw new BadDomainName('1 to 63 letters, digits and dashes, not starting with a dash');
  if (!isNewDomainName(name)) throw new BadDomainName(`${name} is reserved`);
}

/** Whether a new domain can be called that. */
export function isNewDomainName(name: string): boolean {
  const folded = foldDomainName(name);
  return isDomainName(name) && !RESERVED.has(folded) && !TENANT.test(folded);
}

/** Names are unique without regard to case: the form that is compared. */
export function foldDomainName(name: string): string {
  return name.toLowerCase();
}

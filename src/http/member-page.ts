/** A page in brackets whose `&` stands bare: it would end the parameter. */
const BARE_PAGE = /(\[|%5B)((?:startIndex|count)=[+-]?\d{1,9})&((?:startIndex|count)=[+-]?\d{1,9})(?=\]|%5D)/gi;

/**
 * Keeps `attributes=members[startIndex=1&count=10]` together.
 * IDCS: the documentation prints it with a bare `&` (schemas.md, "Protocol parameters"); encoded as `%26` it needs no help.
 *
 * @param url path and query as asked
 */
export function keepMemberPages(url: string): string {
  return url.includes('&') && /\[|%5B/i.test(url) ? url.replace(BARE_PAGE, '$1$2%26$3') : url;
}

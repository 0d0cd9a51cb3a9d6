import { badRequest } from '../../scim/errors.ts';

/**
 * The opaque token of a page, as `opc-next-page` carries it: base64 of the page's startIndex.
 * IDCS: the CLI tutorial prints `MQ==`, which is base64 of 1 (scim.md §2).
 */
export function pageToken(startIndex: number): string {
  return Buffer.from(String(startIndex)).toString('base64');
}

/** @throws ScimError 400 for a text that is no token of ours */
export function readPageToken(token: string): number {
  const text = Buffer.from(token, 'base64').toString('latin1');
  if (!/^[1-9]\d{0,14}$/.test(text)) throw badRequest('page is not a token of an earlier answer.');
  return Number(text);
}

/**
 * Fetches a key set and takes `key_ops` out of its keys. The real service says there that its signing key is for signing, and
 * libraries that go by the letter of RFC 7517 then have no key to verify with.
 */
export async function fetchUsableKeys(url: string | URL, options?: object): Promise<Response> {
  const response = await fetch(url, options);
  if (!response.ok) return response;
  const { keys } = (await response.json()) as { keys: { key_ops?: string[] }[] };
  return Response.json({ keys: keys.map(({ key_ops, ...key }) => key) });
}

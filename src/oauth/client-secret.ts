/** Client id and secret of `base64(id:secret)`, as HTTP Basic and provisioning connectors send them; null when it isn't that. */
export interface ClientCredentials {
  readonly clientId: string;
  /** As decoded, and as sent when that differs: many clients skip the URL encoding that RFC 6749 §2.3.1 asks for. */
  readonly secrets: readonly string[];
}

/** Reads `base64(urlenc(id):urlenc(secret))`. */
export function parseBasicCredentials(encoded: string): ClientCredentials | null {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(encoded)) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon <= 0) return null;
  const secret = text.slice(colon + 1);
  return { clientId: formDecode(text.slice(0, colon)), secrets: [...new Set([formDecode(secret), secret])] };
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

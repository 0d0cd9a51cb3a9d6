/*
 * The scripts of the pages on which a sign-in goes on: constants, allowed by their hashes. Without them, phones that approve have a
 * button; passkeys alone need one.
 */

/** Asks whether the phone has answered, and sends the form when it has. It ends when the server says that nothing waits any more. */
export const POLL = `(() => {
const form = document.getElementById('poll');
const last = Date.now() + 3600000;
const ask = async () => {
  try {
    const answer = await fetch(form.dataset.forScript, { headers: { accept: 'application/json' }, cache: 'no-store' });
    if (!(await answer.json()).pending) return HTMLFormElement.prototype.submit.call(form);
  } catch {}
  if (Date.now() < last) setTimeout(ask, 2000);
};
setTimeout(ask, 1500);
})();`;

/** Web Authentication (W3C Level 2): what the server asks for and gets is JSON with base64url. */
export const PASSKEY = `(() => {
const form = document.getElementById('passkey');
const failed = document.getElementById('passkey-failed');
const { create, options } = JSON.parse(form.dataset.forScript);
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/[+]/g, '-').replace(/[/]/g, '_').replace(/=/g, '');
const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
const publicKey = { ...options, challenge: bytes(options.challenge) };
if (create) {
  publicKey.user = { ...options.user, id: bytes(options.user.id) };
  publicKey.excludeCredentials = named(options.excludeCredentials);
} else publicKey.allowCredentials = named(options.allowCredentials);
const use = async () => {
  failed.hidden = true;
  try {
    const made = await navigator.credentials[create ? 'create' : 'get']({ publicKey });
    const response = {};
    for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'])
      if (made.response[name]) response[name] = text(made.response[name]);
    if (made.response.getTransports) response.transports = made.response.getTransports();
    const { id, type, authenticatorAttachment } = made;
    form.elements.namedItem('credential').value = JSON.stringify({
      id, rawId: text(made.rawId), type, response, clientExtensionResults: {},
      ...(authenticatorAttachment ? { authenticatorAttachment } : {}),
    });
    HTMLFormElement.prototype.submit.call(form);
  } catch {
    failed.hidden = false;
  }
};
const start = document.getElementById('passkey-start');
start.hidden = false;
start.addEventListener('click', use);
})();`;

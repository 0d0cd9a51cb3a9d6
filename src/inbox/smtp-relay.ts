import type { Transporter } from 'nodemailer';
import type { MessageRow } from '../store/store.ts';

/** Sends captured mail on; what it is given has been kept already. */
export interface MailRelay {
  /** @throws Error when the mail was not taken, or too many wait */
  send(mail: MessageRow): Promise<void>;
  /** Waits for what is under way, for a while, and hangs up. */
  close(): Promise<void>;
}

/** Mails that wait for a slow relay at most. */
const MOST_WAITING = 1000;
const CONNECT_TIMEOUT_MS = 5_000;
const SOCKET_TIMEOUT_MS = 10_000;
/** How long a stop waits for what is under way. */
const GRACE_MS = 3_000;

/**
 * A relay to an SMTP server. The library is loaded with the first mail.
 * @param url `smtp://user:password@host:port`, or smtps
 */
export function smtpRelay(url: string): MailRelay {
  let transport: Promise<Transporter> | undefined;
  const underWay = new Set<Promise<unknown>>();
  return {
    async send(mail) {
      if (underWay.size >= MOST_WAITING) throw new Error(`${MOST_WAITING} mails wait for the relay already`);
      transport ??= connect(url);
      const sent = transport.then((smtp) => smtp.sendMail(envelopeOf(mail)));
      underWay.add(sent);
      try {
        await sent;
      } finally {
        underWay.delete(sent);
      }
    },
    async close() {
      if (transport === undefined) return;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise((resolve) => {
        timer = setTimeout(resolve, GRACE_MS);
      });
      await Promise.race([Promise.allSettled(underWay), late]);
      clearTimeout(timer);
      (await transport).close();
    },
  };
}

async function connect(url: string): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const auth =
    username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } };
  return createTransport({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    ...auth,
    pool: true,
    maxConnections: 2,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    // Mails are ours; nothing in them names a file or an address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** Names and addresses are given apart, so that none of them can become another header or recipient. */
function envelopeOf({ id, created, to, subject, data }: MessageRow): object {
  const { from, fromName, text, html, locale, event } = data;
  return {
    from: { name: typeof fromName === 'string' ? fromName : '', address: String(from ?? DEFAULT_SENDER) },
    to: { name: '', address: to },
    subject: subject ?? '',
    messageId: `<${id}@idcs-emulator>`,
    // The domain's time, as everything in the mail.
    date: new Date(created),
    text: typeof text === 'string' ? text : '',
    ...(typeof html === 'string' ? { html } : {}),
    headers: {
      'Auto-Submitted': 'auto-generated',
      ...(typeof locale === 'string' ? { 'Content-Language': locale } : {}),
      ...(typeof event === 'string' ? { 'X-Idcs-Event': event } : {}),
    },
  };
}

const DEFAULT_SENDER = 'no-reply@example.com';

import type { TestDomain } from './emulator.ts';

/** A captured message, as /_emulator/messages shows it. */
export interface Mail {
  readonly event: string;
  readonly subject: string;
  readonly to: string;
  readonly link: string;
  readonly token: string;
  readonly code?: string;
}

/** What an address or number was sent, the newest first. */
export async function mailsTo(domain: TestDomain, to: string, event?: string): Promise<readonly Mail[]> {
  const { body } = await domain.send('GET', `/_emulator/messages?to=${encodeURIComponent(to)}`, { token: null });
  return (body.messages as Mail[]).filter((mail) => event === undefined || mail.event === event);
}

/** The newest of them. @throws Error when there is none */
export async function lastMail(domain: TestDomain, to: string, event?: string): Promise<Mail> {
  const mail = (await mailsTo(domain, to, event)).at(0);
  if (mail === undefined) throw new Error(`no mail ${event ?? ''} to ${to}`);
  return mail;
}

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of templates look like this
import { describe, expect, it } from 'vitest';
import { mailTemplates, oneLine, writeMail } from '../../src/notifications/mail-template.ts';
import type { NotificationEvent } from '../../src/notifications/notification-event.ts';
import { LANGUAGES } from '../../src/pages/language.ts';
import { singletonDefaults } from '../../src/resources/singleton.ts';

const LINK = 'https://idcs.example.com/ui/v1/resetpwd?token=a%2Bb';
const VARIABLES = {
  'user.userName': 'jdoe',
  'user.displayName': 'John Doe',
  companyName: 'Example',
  linkExpirationTime: 'tomorrow',
};

const events = Object.keys(mailTemplates('en').events) as NotificationEvent[];
const variablesIn = (text: string) => [...text.matchAll(/\$\{([^}]*)\}/g)].map(([, name]) => name).sort();

describe('templates', () => {
  it('are about events that NotificationSettings has', () => {
    const { eventSettings } = singletonDefaults('NotificationSettings') as { eventSettings: { eventId: string }[] };
    const known = new Set(eventSettings.map(({ eventId }) => eventId));
    expect(events.filter((event) => !known.has(event))).toEqual([]);
  });

  it.each(LANGUAGES)('say the same in %s as in English', (language) => {
    const { frame, events: own } = mailTemplates(language);
    const english = mailTemplates('en');
    expect(Object.keys(frame)).toEqual(Object.keys(english.frame));
    expect(Object.keys(own)).toEqual(events);
    for (const event of events) {
      const [mine, theirs] = [own[event]!, english.events[event]!];
      expect([mine.paragraphs.length, mine.action !== undefined], event).toEqual([
        theirs.paragraphs.length,
        theirs.action !== undefined,
      ]);
      const all = ({ subject, paragraphs }: typeof mine) => variablesIn([subject, ...paragraphs].join(' '));
      expect(all(mine), event).toEqual(all(theirs));
    }
  });
});

describe('a mail', () => {
  it('has its link in text and HTML', () => {
    const mail = writeMail('admin.user.create.success', 'en', VARIABLES, LINK);
    expect(mail.subject).toBe('Welcome to Example');
    expect(mail.text).toBe(
      `Hello John Doe,\n\nAn account was created for you. Your user name is jdoe.\n\nChoose a password to activate it.\n\nActivate your account:\n${LINK}\n\nThe link is good until tomorrow.\n\nExample\n`,
    );
    expect(mail.html).toContain(`<a href="${LINK}">Activate your account</a>`);
    expect(mail.html).toContain('<html lang="en">');
  });

  it('escapes names in HTML, and takes no markup, variable or line break from them', () => {
    const name = '<img src=x onerror=alert(1)> ${userToken}\r\nBcc: all@example.com\u2028"\'&';
    const variables = { ...VARIABLES, companyName: name, 'user.displayName': name, userToken: 'secret' };
    const mail = writeMail('admin.user.create.success', 'en', variables, null);
    expect(mail.html).not.toContain('<img');
    expect(mail.html).toContain(
      '&lt;img src=x onerror=alert(1)&gt; ${userToken} Bcc: all@example.com &quot;&#39;&amp;',
    );
    expect(mail.subject).toBe('Welcome to <img src=x onerror=alert(1)> ${userToken} Bcc: all@example.com "\'&');
    expect(mail.text.split('\n')[0]).toBe(`Hello ${oneLine(name)},`);
    expect(JSON.stringify(mail)).not.toContain('secret');
  });

  it('leaves out a sentence whose variable has no value', () => {
    const { text } = writeMail('authentication.emailotp.notification', 'en', { ...VARIABLES, OTP: '123456' }, null);
    expect(text).toBe('Hello John Doe,\n\nYour one-time passcode is 123456.\n\nExample\n');
  });

  it('makes no link of an address that runs a program', () => {
    const { html } = writeMail('admin.user.activated.success', 'en', VARIABLES, 'javascript:alert(1)');
    expect(html).not.toContain('href');
  });

  it('keeps a subject short', () => {
    const long = { ...VARIABLES, companyName: '\u{1f600}'.repeat(1000) };
    expect([...writeMail('admin.user.create.success', 'en', long, null).subject]).toHaveLength(200);
  });
});

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Emulator } from '../../src/index.ts';
import type { JsonObject } from '../../src/scim/json.ts';
import { startTestEmulator, type TestDomain, testDomain } from '../support/emulator.ts';

const IDCS = 'urn:ietf:params:scim:schemas:oracle:idcs:';

// One emulator for all: what its relay meets changes.
let smtp: Awaited<ReturnType<typeof smtpServer>>;
let emulator: Emulator;
let domain: TestDomain;

beforeAll(async () => {
  smtp = await smtpServer();
  emulator = await startTestEmulator({ smtpUrl: `smtp://relay:p%40ss@127.0.0.1:${smtp.port}` });
});

beforeEach(async () => {
  smtp.mails.length = 0;
  domain = await testDomain(emulator);
});

afterAll(async () => {
  await emulator.stop();
  smtp.close();
});

/** One mail as the relay's server got it. */
interface Sent {
  readonly commands: string[];
  readonly data: string;
}

/** A small SMTP server on loopback, until it is closed. */
async function smtpServer() {
  const mails: Sent[] = [];
  const mood = { refuses: false };
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.setEncoding('utf8');
    socket.write('220 test\r\n');
    let commands: string[] = [];
    let data: string | null = null;
    let rest = '';
    socket.on('error', () => {});
    socket.on('data', (chunk: string) => {
      rest += chunk;
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (data !== null) {
          if (line !== '.') {
            data += `${line}\r\n`;
            continue;
          }
          mails.push({ commands, data });
          [commands, data] = [[], null];
          socket.write('250 taken\r\n');
          continue;
        }
        commands.push(line);
        const verb = line.slice(0, 4).toUpperCase();
        if (verb === 'EHLO') socket.write('250-test\r\n250 AUTH PLAIN\r\n');
        else if (verb === 'AUTH') socket.write('235 yes\r\n');
        else if (verb === 'DATA') {
          data = '';
          socket.write('354 go on\r\n');
        } else socket.write(mood.refuses && verb === 'RCPT' ? '550 no such mailbox\r\n' : '250 ok\r\n');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { mails, mood, close, port: (server.address() as AddressInfo).port };
}

async function resetSomebody(displayName = 'John Doe') {
  const { id } = await domain.createUser('jdoe', { password: 'Correct-Horse-9', displayName });
  const body = { schemas: [`${IDCS}UserPasswordResetter`] };
  const answer = await domain.send('PUT', `/admin/v1/UserPasswordResetter/${id}`, { body });
  expect(answer.status, answer.text).toBe(200);
  const query = '/_emulator/messages?to=jdoe@example.com&event=admin.user.password.reset.success';
  const { messages } = (await domain.send('GET', query, { token: null })).body;
  expect(messages).toHaveLength(1);
  return { id, mail: messages[0] };
}

/** The event of a delivery, once it is recorded: the relay answers later than the request. */
async function deliveryOf(id: string): Promise<JsonObject> {
  const filter = encodeURIComponent(`eventId sw "notification.delivery" and adminResourceId eq "${id}"`);
  return await expect
    .poll(async () => (await domain.send('GET', `/admin/v1/AuditEvents?filter=${filter}`)).body.Resources, {
      timeout: 15_000,
    })
    .toHaveLength(1)
    .then(async () => (await domain.send('GET', `/admin/v1/AuditEvents?filter=${filter}`)).body.Resources[0]);
}

describe('IDCS_SMTP_URL', () => {
  it('sends captured mail on, and no name becomes a header or a recipient', async () => {
    const { id, mail } = await resetSomebody('J\r\nBcc: all@example.com\r\n\r\n<b>');
    expect(await deliveryOf(id)).toMatchObject({
      eventId: 'notification.delivery.success',
      notificationDeliveryEmailTo: '[jdoe@example.com]',
    });
    expect(smtp.mails).toHaveLength(1);
    const [{ commands, data }] = smtp.mails as [Sent];
    expect(
      commands.filter((line) => /^(MAIL|RCPT)/.test(line)).map((line) => line.split(' ').slice(0, 2).join(' ')),
    ).toEqual(['MAIL FROM:<no-reply@example.com>', 'RCPT TO:<jdoe@example.com>']);
    const login = commands.find((line) => line.startsWith('AUTH'))!;
    expect(Buffer.from(login.split(' ').at(-1)!, 'base64').toString()).toBe('\0relay\0p@ss');
    const headers = data.slice(0, data.indexOf('\r\n\r\n'));
    expect(headers).not.toMatch(/^bcc:/im);
    expect(headers).toContain('From: Identity domain <no-reply@example.com>');
    expect(headers).toContain(`Subject: ${mail.subject}`);
    expect(headers).toContain('X-Idcs-Event: admin.user.password.reset.success');
    expect(data).toContain('Content-Type: text/plain; charset=utf-8');
    expect(data).toContain('Content-Type: text/html; charset=utf-8');
  });

  it('fails no request when the server refuses the mail; the event says so', async () => {
    smtp.mood.refuses = true;
    const { id } = await resetSomebody();
    const event = await deliveryOf(id);
    expect(event).toMatchObject({
      eventId: 'notification.delivery.failure',
      reasonValue: '500',
      notificationDeliveryEmailStatus: 'FAILURE',
      message:
        'The EMAIL notification delivery has failed to the following recipients: [jdoe@example.com] with error: Internal Server Error.',
    });
    expect(event).not.toHaveProperty('notificationDeliveryChannel');
    expect(smtp.mails).toEqual([]);
  });

  it('fails no request when there is no server', async () => {
    smtp.close();
    const { id } = await resetSomebody();
    expect(await deliveryOf(id)).toMatchObject({ eventId: 'notification.delivery.failure' });
  });
});

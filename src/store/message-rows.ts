import type { JsonObject } from '../scim/json.ts';
import type { Message } from './generated/client.ts';
import type { LazyPrisma } from './prisma.ts';
import type { Queries } from './queries.ts';
import type { MessageRow, MessageRows } from './store.ts';

/** Captured messages. Written with every mail, so in SQL; read by people and tests, so by Prisma. Newest first. */
export function messageRows(queries: Queries, prisma: LazyPrisma): MessageRows {
  return {
    async insert(domainId, message) {
      const { id, channel, to, subject, created, data } = message;
      await queries.run(
        `INSERT INTO message (domain_id, id, channel, recipient, subject, created_at, data) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        [domainId, id, channel, to, subject, created, JSON.stringify(data)],
      );
    },

    async list(domainId, { to, channel, event, after, limit, offset }) {
      const { message } = await prisma.client();
      const where = {
        domainId,
        ...(to === undefined ? {} : { recipient: to }),
        ...(channel === undefined ? {} : { channel }),
        ...(event === undefined ? {} : { data: { path: ['event'], equals: event } }),
        ...(after === undefined ? {} : { createdAt: { gt: after } }),
      };
      const total = await message.count({ where });
      const rows = await message.findMany({ where, orderBy: { seq: 'desc' }, take: limit, skip: offset });
      return { total, messages: rows.map(toMessage) };
    },

    async read(domainId, id) {
      const { message } = await prisma.client();
      const row = await message.findUnique({ where: { domainId_id: { domainId, id } } });
      return row === null ? null : toMessage(row);
    },

    async delete(domainId, id) {
      const { message } = await prisma.client();
      const { count } = await message.deleteMany({ where: { domainId, ...(id === null ? {} : { id }) } });
      return count;
    },
  };
}

function toMessage(row: Message): MessageRow {
  return {
    id: row.id,
    channel: row.channel as MessageRow['channel'],
    to: row.recipient,
    subject: row.subject,
    created: Number(row.createdAt),
    data: row.data as JsonObject,
  };
}

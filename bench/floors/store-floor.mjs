// The least that reading costs: Fastify and `pg`, one prepared statement per request on the emulator's own table, rows as JSON.
import Fastify from 'fastify';
import pg from 'pg';

const pool = new pg.Pool({ ...JSON.parse(process.env.FLOOR_CONNECTION), max: 10 });
const domain = Number(process.env.FLOOR_DOMAIN);
const app = Fastify();

app.get('/Users/:id', async (request) => {
  const { rows } = await pool.query({
    name: 'by-id',
    text: "SELECT data FROM resource WHERE domain_id = $1 AND type = 'User' AND id = $2",
    values: [domain, request.params.id],
  });
  return rows[0].data;
});

app.get('/Users', async (request) => {
  const { name, count } = request.query;
  const { rows } = name
    ? await pool.query({
        name: 'by-name',
        text: "SELECT data FROM resource WHERE domain_id = $1 AND type = 'User' AND name_lc = $2",
        values: [domain, name],
      })
    : await pool.query({
        name: 'list',
        text: "SELECT data FROM resource WHERE domain_id = $1 AND type = 'User' ORDER BY seq LIMIT $2",
        values: [domain, Number(count)],
      });
  return { Resources: rows.map((row) => row.data) };
});

app.get('/rows/:type', async (request) => {
  const { first, count } = request.query;
  const { rows } = await pool.query({
    name: 'rows',
    text: 'SELECT data FROM resource WHERE domain_id = $1 AND type = $2 ORDER BY seq OFFSET $3 LIMIT $4',
    values: [domain, request.params.type, Number(first) - 1, Number(count)],
  });
  return { Resources: rows.map((row) => row.data) };
});

console.log(`floor at ${await app.listen({ port: 0, host: '127.0.0.1' })}`);

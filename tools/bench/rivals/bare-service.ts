import fastify from 'fastify';
import pg from 'pg';

/**
 * The service that ours are compared with: Fastify, a pool as large as theirs, one statement a request, and nothing else. It knows no tenants and
 * checks nothing.
 */
const pool = new pg.Pool({
  connectionString: process.env['DATABASE_URL'],
  max: Number(process.env['DATABASE_POOL_SIZE']),
  application_name: 'tallymark-bench-rival',
});
const app = fastify();

interface Event {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly data: unknown;
}

app.addContentTypeParser('application/cloudevents+json', { parseAs: 'string' }, (_request, body, done) =>
  done(null, JSON.parse(body as string)),
);

/** One commit for each event. */
app.post<{ Body: Event }>('/events', async ({ body }) => {
  const { id, source, type, subject, time, data } = body;
  const result = await pool.query(
    'INSERT INTO rival.single (event_id, source, type, subject, occurred_at, data) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING',
    [id, source, type, subject, time, JSON.stringify(data)],
  );
  return { accepted: 1, stored: result.rowCount };
});

/** One indexed query: the statement of a customer. */
app.get<{ Params: { customerId: string } }>('/statements/:customerId', async ({ params }) => {
  const { rows } = await pool.query(
    'SELECT period_from, period_to, total, amounts FROM statement WHERE customer_id = $1 ORDER BY period_from DESC LIMIT 1',
    [params.customerId],
  );
  return { data: rows };
});

app.get('/readyz', async () => {
  await pool.query('SELECT 1');
  return { status: 'ready' };
});

process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });

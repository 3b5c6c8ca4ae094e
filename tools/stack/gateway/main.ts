import { createGateway } from './create-gateway.js';
import type { ServiceName } from './routes.js';

const gateway = await createGateway({ upstreams: JSON.parse(process.env['UPSTREAMS'] ?? '{}') as Record<ServiceName, string>, log: true });

let isClosing = false;
function close(): void {
  if (isClosing) return;
  isClosing = true;
  setTimeout(() => process.exit(1), 10_000).unref();
  void gateway.close().then(() => process.exit(0));
}
for (const event of ['SIGTERM', 'SIGINT', 'disconnect']) process.on(event, close);

await gateway.listen({ host: process.env['HOST'] ?? '127.0.0.1', port: Number(process.env['PORT']) });

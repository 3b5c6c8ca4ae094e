import { createServer } from 'node:net';
import { StackError } from './stack-error.js';

const HOST = '127.0.0.1';

/** @throws {@link StackError} that names the port when something else listens on it. */
export async function assertPortFree(port: number): Promise<void> {
  const failure = await tryListen(port);
  if (failure === 'EACCES')
    throw new StackError(`you may not listen on port ${port}`, [`Choose another one: PORT=${port < 1024 ? 8080 : port + 1} npm start`]);
  if (failure !== undefined)
    throw new StackError(`port ${port} is in use`, [
      `Choose another one: PORT=${port + 1} npm start`,
      `See who has it: lsof -i :${port}   or   ss -ltnp 'sport = :${port}'`,
    ]);
}

/** The wished port when it is free, else one that the system gives out. */
export async function choosePort(wished: number): Promise<number> {
  if (wished <= 65_535 && (await tryListen(wished)) === undefined) return wished;
  const server = createServer();
  const port = await new Promise<number>((settle, fail) => {
    server.once('error', fail);
    server.listen(0, HOST, () => {
      const address = server.address();
      settle(address !== null && typeof address === 'object' ? address.port : 0);
    });
  });
  await new Promise((settle) => server.close(settle));
  return port;
}

async function tryListen(port: number): Promise<string | undefined> {
  const server = createServer();
  const failure = await new Promise<string | undefined>((settle) => {
    server.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
    server.listen({ port, host: HOST, exclusive: true }, () => settle(undefined));
  });
  await new Promise((settle) => server.close(settle));
  return failure;
}

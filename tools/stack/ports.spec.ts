import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { assertPortFree, choosePort } from './ports.js';

describe('ports', () => {
  let server: Server;
  let taken: number;
  beforeEach(async () => {
    server = createServer();
    await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
    taken = (server.address() as { port: number }).port;
  });
  afterEach(() => new Promise((settle) => server.close(settle)));

  it('names a port that is in use, and how to choose another', async () => {
    await expect(assertPortFree(taken)).rejects.toMatchObject({
      message: `port ${taken} is in use`,
      hints: expect.arrayContaining([expect.stringContaining('PORT=')]),
    });
  });

  it('chooses another when the wished one is taken', async () => {
    const chosen = await choosePort(taken);
    expect(chosen).not.toBe(taken);
    await assertPortFree(chosen);
  });
});

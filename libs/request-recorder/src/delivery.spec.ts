import { afterEach, describe, expect, it } from '@jest/globals';
import { type Answer, type Sink, startSink } from '../test/sink.js';
import { type RequestRecorder, type RequestRecorderOptions, createRequestRecorder } from './recorder.js';

const NONE = { contentType: undefined, contentEncoding: undefined, bytes: 0, body: null };

describe('the delivery of recorded requests', () => {
  const open: { stop(): Promise<void> }[] = [];
  const errors: string[] = [];

  afterEach(async () => {
    for (const one of open.splice(0)) await one.stop();
    errors.length = 0;
  });

  const sinkThat = async (answer?: Answer, port?: number): Promise<Sink> => {
    const sink = await startSink(answer, port);
    open.push(sink);
    return sink;
  };
  const recorderTo = (ingestUrl: string, options: Partial<RequestRecorderOptions> = {}): RequestRecorder => {
    const recorder = createRequestRecorder({
      ingestUrl,
      apiKey: 'key',
      flushIntervalMs: 5,
      firstBackoffMs: 5,
      onError: (error) => errors.push(error.message),
      ...options,
    });
    open.unshift({ stop: () => recorder.close(0) });
    return recorder;
  };
  const record = (recorder: RequestRecorder, count: number, url = '/'): void => {
    for (let n = 0; n < count; n += 1) {
      recorder.record({
        subject: 'acme',
        receivedAt: new Date(),
        method: 'GET',
        url: `${url}${n}`,
        query: {},
        params: {},
        headers: {},
        body: undefined,
        status: 200,
        response: NONE,
      });
    }
  };
  const paths = (sink: Sink): unknown[] => sink.events.map(({ data }) => data['path']);

  it('puts what comes together into one batch, and at most 1,000 events', async () => {
    const sink = await sinkThat();
    record(recorderTo(sink.url), 2_500);
    await sink.taken(2_500);
    expect(sink.batches).toEqual([1_000, 1_000, 500]);
    expect(paths(sink)).toEqual(Array.from({ length: 2_500 }, (_, n) => `/${n}`));
  });

  it.each([401, 403, 408, 429, 500, 503])('sends a batch again after %d, the same events under the same ids', async (status) => {
    const sink = await sinkThat((request) => ({ status: request < 4 ? status : 200 }));
    const recorder = recorderTo(sink.url);
    record(recorder, 3);
    await sink.taken(3);
    expect([sink.batches, new Set(sink.bodies).size]).toEqual([[3, 3, 3, 3], 1]);
    await recorder.close();
    expect(recorder.counts()).toEqual({ waiting: 0, delivered: 3, rejected: 0, dropped: 0 });
    expect(errors).toEqual([`ingest could not be reached, trying again: status ${status}`]);
  });

  it('outlives an ingest that cannot be reached, and loses nothing of what there was room for', async () => {
    const gone = await startSink();
    await gone.stop();
    const recorder = recorderTo(gone.url);
    record(recorder, 10);
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (errors.length > 0) resolve(clearInterval(timer));
      }, 5);
    });
    expect(errors[0]).toContain('ECONNREFUSED');
    const sink = await sinkThat(undefined, gone.port);
    record(recorder, 5, '/later/');
    await sink.taken(15);
    expect(paths(sink)).toEqual([...Array.from({ length: 10 }, (_, n) => `/${n}`), ...Array.from({ length: 5 }, (_, n) => `/later/${n}`)]);
  });

  it('keeps to its memory while ingest is away: the oldest give way, and are counted', async () => {
    const recorder = recorderTo('http://127.0.0.1:1', { maxBufferedBytes: 20_000, flushIntervalMs: 60_000 });
    record(recorder, 1_000);
    const { waiting, dropped, ...rest } = recorder.counts();
    expect([waiting + dropped, rest]).toEqual([1_000, { delivered: 0, rejected: 0 }]);
    expect(waiting).toBeGreaterThan(20);
    expect(waiting).toBeLessThan(100);
  });

  it('sends what waits when it is closed, without waiting for the next batch', async () => {
    const sink = await sinkThat();
    const recorder = recorderTo(sink.url, { flushIntervalMs: 60_000 });
    record(recorder, 7);
    await recorder.close();
    expect(sink.events).toHaveLength(7);
    record(recorder, 2);
    expect(recorder.counts()).toEqual({ waiting: 0, delivered: 7, rejected: 0, dropped: 2 });
  });

  it('cuts a long pause short when it is closed', async () => {
    const sink = await sinkThat((request) => ({ status: request < 3 ? 503 : 200, headers: { 'retry-after': '50' } }));
    const recorder = recorderTo(sink.url);
    record(recorder, 1);
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (sink.batches.length > 0) resolve(clearInterval(timer));
      }, 5);
    });
    await recorder.close(30_000);
    expect(recorder.counts()).toMatchObject({ waiting: 0, delivered: 1 });
  });

  it.each<[string, Answer]>([
    ['refuses', () => ({ status: 503 })],
    ['hangs', () => null],
  ])('gives up at the end of its time when ingest %s, and says how much it lost', async (_name, answer) => {
    const sink = await sinkThat(answer);
    const recorder = recorderTo(sink.url);
    record(recorder, 1_500);
    await recorder.close(100);
    expect(recorder.counts()).toEqual({ waiting: 0, delivered: 0, rejected: 0, dropped: 1_500 });
  });

  it('halves a batch that is too large, and gives up an event that is too large alone', async () => {
    const sink = await sinkThat((_request, events, bytes) => ({ status: events > 3 || bytes > 10_000 ? 413 : 200 }));
    const recorder = recorderTo(sink.url);
    record(recorder, 9);
    record(recorder, 1, `/${'x'.repeat(1_500)}/`);
    recorder.record({
      subject: 'acme',
      receivedAt: new Date(),
      method: 'POST',
      url: '/large',
      query: {},
      params: {},
      headers: {},
      body: { text: 'y z '.repeat(5_000) },
      status: 200,
      response: NONE,
    });
    await sink.taken(10);
    await recorder.close();
    expect(sink.events).toHaveLength(10);
    expect(recorder.counts()).toMatchObject({ delivered: 10, rejected: 1 });
  });

  it('gives up a batch that will never do, and goes on with the next', async () => {
    const sink = await sinkThat((request) => ({ status: request === 1 ? 400 : 200 }));
    const recorder = recorderTo(sink.url);
    record(recorder, 1_001);
    await sink.taken(1);
    await recorder.close();
    expect(recorder.counts()).toMatchObject({ delivered: 1, rejected: 1_000 });
    expect(errors).toEqual(['ingest refused 1000 recorded requests: status 400']);
  });

  it('counts the events that ingest rejects of a batch', async () => {
    const body = JSON.stringify({ results: [{ verdict: 'stored' }, { verdict: 'rejected' }, { verdict: 'duplicate' }] });
    const sink = await sinkThat(() => ({ status: 200, body }));
    const recorder = recorderTo(sink.url);
    record(recorder, 3);
    await recorder.close();
    expect(recorder.counts()).toMatchObject({ delivered: 2, rejected: 1 });
    expect(errors).toEqual(['ingest rejected 1 of 3 recorded requests']);
  });

  it('takes its key to no other address', async () => {
    const elsewhere = await sinkThat();
    const sink = await sinkThat((request) => ({ status: request === 1 ? 307 : 200, headers: { location: elsewhere.url } }));
    record(recorderTo(sink.url), 1);
    await sink.taken(1);
    expect(elsewhere.batches).toEqual([]);
  });

  it.each([
    ['an empty one', ''],
    ['one of 257 characters', 'x'.repeat(257)],
  ])('tells of a subject that ingest would refuse: %s', (_name, subject) => {
    const recorder = recorderTo('http://127.0.0.1:1');
    recorder.record({
      subject,
      receivedAt: new Date(),
      method: 'GET',
      url: '/',
      query: {},
      params: {},
      headers: {},
      body: null,
      status: 200,
      response: NONE,
    });
    expect([errors, recorder.counts().waiting]).toEqual([[expect.stringContaining('expected 1 to 256')], 0]);
  });

  it.each([
    [{ ingestUrl: 'usage.example.com', apiKey: 'k' }, 'usage.example.com'],
    [{ ingestUrl: 'ftp://x', apiKey: 'k' }, 'ftp://x'],
    [{ ingestUrl: 'https://x', apiKey: '' }, 'apiKey'],
  ])('is not made with %j', (options, message) => {
    expect(() => createRequestRecorder(options)).toThrow(message);
  });
});

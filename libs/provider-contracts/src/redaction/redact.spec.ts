import { describe, expect, it } from '@jest/globals';
import { TOO_DEEP, redactText, redactValue } from './redact.js';

const KEY = 'tm_live_0123456789abcdefghijABCDEFGHIJ01_x1y2z3';
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('redactValue', () => {
  it.each([
    ['a bearer token', { authorization: 'Bearer IncYP3edd3blm2ypLGFFOYwQsC5vff3n' }, { authorization: 'Bearer ****f3n' }],
    ['a short one', { Authorization: 'bearer abc123' }, { Authorization: 'bearer ****' }],
    [
      'basic credentials, whose end is a password’s',
      { authorization: `Basic ${base64('ann:longpassword123')}` },
      { authorization: 'Basic ****' },
    ],
    ['an unknown scheme', { authorization: 'Hunter2 secretsecretsecret!' }, { authorization: '****' }],
    ['two tokens in one header', { authorization: 'Bearer aaaaaaaaaaaaaaaa, Bearer bbbbbbbbbbbbbbbb' }, { authorization: 'Bearer ****' }],
    ['a repeated header', { 'X-Api-Key': ['0123456789abcdefXYZ', 'short'] }, { 'X-Api-Key': ['****XYZ', '****'] }],
    ['cookies', { cookie: 'theme=dark; pin=1234' }, { cookie: '****' }],
    ['set-cookie', { 'set-cookie': ['sid=abcdefghijklmnop; HttpOnly'] }, { 'set-cookie': ['****'] }],
    [
      'passwords of any kind',
      { password: 'hunter2hunter2hunter2', pwd: 1234, nested: { clientSecret: 's' } },
      { password: '****', pwd: '****', nested: { clientSecret: '****' } },
    ],
    [
      'all below a sensitive name',
      { secrets: { a: ['x', { b: 1 }], ok: true, none: null } },
      { secrets: { a: ['****', { b: '****' }], ok: true, none: null } },
    ],
    ['no counts', { prompt_tokens: 512, maxTokens: 4, token_type: 'bearer' }, { prompt_tokens: 512, maxTokens: 4, token_type: 'bearer' }],
    ['numbers that are tokens', { otp: 123456, verification_token: 987654 }, { otp: '****', verification_token: '****' }],
    ['no ids that speak of tokens', { tokenDefinitionId: '098f868479eb' }, { tokenDefinitionId: '098f868479eb' }],
    ['pairs', [['authorization', 'Bearer abcdefghijklmnopqrs']], [['authorization', 'Bearer ****qrs']]],
    ['raw headers', ['Host', 'a', 'Cookie', 'x=1', 'Accept', '*/*'], ['Host', 'a', 'Cookie', '****', 'Accept', '*/*']],
    [
      'name and value apart',
      [
        { name: 'X-API-Key', value: 'abc' },
        { name: 'q', value: 'abc' },
      ],
      [
        { name: 'X-API-Key', value: '****' },
        { name: 'q', value: 'abc' },
      ],
    ],
    ['a key as a member name', { [KEY]: 1 }, { '****2z3': 1 }],
    ['card numbers', { a: 4111111111111111, b: '4111 1111 1111 1111', c: 4111111111111112 }, { a: '****', b: '****', c: 4111111111111112 }],
    [
      'what is masked already',
      { authorization: 'Bearer ****f3n', password: '****' },
      { authorization: 'Bearer ****f3n', password: '****' },
    ],
    ['empty values', { password: '', token: null, secret: false }, { password: '', token: null, secret: false }],
    [
      'names like prototypes',
      JSON.parse('{"__proto__":{"password":"x"},"constructor":"y"}'),
      JSON.parse('{"__proto__":{"password":"****"},"constructor":"y"}'),
    ],
    ['a plain string', 'hello', 'hello'],
    ['nothing', null, null],
  ] as [string, unknown, unknown][])('%s', (_name, value, expected) => {
    expect(redactValue(value)).toEqual(expected);
    expect(redactValue(expected)).toEqual(expected);
  });

  it('cuts what is nested too deeply, in values and in text', () => {
    const deep = JSON.parse(`${'['.repeat(70)}"x"${']'.repeat(70)}`) as unknown;
    expect(JSON.stringify(redactValue(deep))).toBe(`${'['.repeat(64)}"${TOO_DEEP}"${']'.repeat(64)}`);
    const deepText = `${'['.repeat(200_000)}"${KEY}"${']'.repeat(200_000)}`;
    expect(redactText(deepText)).not.toContain(KEY);
  });
});

describe('redactText', () => {
  it.each([
    ['https://x.example/a?access_token=abc&q=1', 'https://x.example/a?access_token=****&q=1'],
    ['https://x.example/a?access%5Ftoken=abc', 'https://x.example/a?access%5Ftoken=****'],
    ['redirect=https://x.example/?token=abc', 'redirect=https://x.example/?token=****'],
    ['next=https%3A%2F%2Fx%3Fapi_key%3Dabc', 'next=https%3A%2F%2Fx%3Fapi_key%3D****'],
    ['https://ann:hunter2@x.example/', 'https://ann:****@x.example/'],
    ['GET /\r\nAuthorization: Digest username="a", response="b"\r\nHost: x', 'GET /\r\nAuthorization: Digest ****\r\nHost: x'],
    ['Cookie: a=b; c=d', 'Cookie: ****'],
    ['{"password":"hun', '{"password":"****'],
    ["{'password': 'hunter2', 'a': 1}", "{'password': '****', 'a': 1}"],
    ['log: {\\"password\\":\\"hunter2\\"}', 'log: {\\"password\\":\\"****\\"}'],
    ['{"a":{"password":"x","b":1.10}}', '{"a":{"password":"****","b":1.1}}'],
    ['{"b":1.10}', '{"b":1.10}'],
    ['{"max_tokens":512,"token":"x', '{"max_tokens":512,"token":"****'],
    ['"a quoted \\"password=x\\""', '"a quoted \\"password=****"'],
    [`see ${KEY}.`, 'see ****2z3.'],
    [`Bearer%20${KEY}`, 'Bearer%20****2z3'],
    ['sk_live_abcdefgh1234', '****234'],
    ['my_sk_live_abcdefgh1234', 'my_****234'],
    ['risk_assessment and task_force_one', 'risk_assessment and task_force_one'],
    ['AKIAIOSFODNN7EXAMPLE', '****PLE'],
    ['ghp_0123456789abcdefghij0123456789abcdef', '****def'],
    [`jwt ${JWT}`, 'jwt ****0ZmU'.replace('0ZmU', JWT.slice(-3))],
    [`-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----`, '****'],
    ['-----BEGIN PRIVATE KEY-----\nMIIE', '****'],
    ['card 4111-1111-1111-1111 12/30', 'card **** 12/30'],
    ['card 4111 1111 1111 1111 12', 'card **** 12'],
    ['paid 1700000000000 at 5500000000000005', 'paid 1700000000000 at 5500000000000005'],
    ['378282246310005', '****'],
    [base64(`{"password":"hunter2"}`), '****'],
    [`data:text/plain;base64,${base64('token=abcdef')}`, 'data:text/plain;base64,****'],
    [`/v1/${base64('sk_live_abcdefgh')}/x`, '/v1/****/x'],
    ['a Basic subscription', 'a Basic subscription'],
    [`Basic ${base64('a:b')}`, 'Basic ****'],
    ['page=2&limit=10', 'page=2&limit=10'],
    ['100% of 50%', '100% of 50%'],
    ['', ''],
  ])('%s → %s', (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  it.each([
    ['word characters', 'a'],
    ['digits', '4'],
    ['escapes', '%41'],
    ['beginnings of tokens', 'eyJ'],
    ['schemes', 'a://'],
    ['dots', 'a.'],
    ['backslashes', 'a\\'],
    ['assignments', 'a=b:'],
    ['spaces', 'bearer   '],
    ['private keys', '-----BEGIN PRIVATE KEY-----'],
    ['quotes', '"a":"'],
  ])('stays quick on a long run of %s', (_name, part) => {
    // Quadratic time would take minutes here, and the runner would give up.
    const text = `%41 ${part.repeat(Math.ceil(300_000 / part.length))}`;
    expect(redactText(text).length).toBeGreaterThan(0);
  });
});

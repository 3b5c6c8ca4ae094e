import { describe, expect, it } from '@jest/globals';
import { redactValue } from '@tallymark/provider-contracts';
import fc from 'fast-check';
import { redactDataJson } from './redact-data.js';

describe('redactDataJson', () => {
  it.each([
    ['{"a":1.10,  "b":"x"}', '{"a":1.10,  "b":"x"}'],
    ['{"password":"hunter2","n":1.10}', '{"password":"****","n":1.1}'],
    ['{"password":"hunter2","n":9007199254740993}', '{"password":"****","n":9007199254740993}'],
    [
      '{"token":"x","a":[0.12345678901234567890,-1e40,{"b":12345678901234567890}]}',
      '{"token":"****","a":[0.12345678901234567890,-1e40,{"b":12345678901234567890}]}',
    ],
    // Nineteen digits of an issuer's range with the right check digit: more than a double holds.
    ['{"a":6011000000000000001,"n":9007199254740993}', '{"a":6011000000000000001,"n":9007199254740993}'],
    ['{"a":"4111111111111111","n":9007199254740993}', '{"a":"****","n":9007199254740993}'],
    ['{"a":-1.4882829842707157e+119}', '{"a":-1.4882829842707157e+119}'],
    ['{"secret":12345678901234567890}', '{"secret":"****"}'],
    [
      '{"token":"x","a":"\uE0000\uE000","b":"\\ue001","n":9007199254740993}',
      '{"token":"****","a":"\uE0000\uE000","b":"\uE001","n":9007199254740993}',
    ],
    ['{"a":"{\\"password\\":\\"hunter2\\"}"}', '{"a":"{\\"password\\":\\"****\\"}"}'],
  ])('%s → %s', (text, expected) => {
    expect(redactDataJson(text)).toBe(expected);
    expect(redactDataJson(expected)).toBe(expected);
  });

  it('masks what redactValue masks, whatever numbers stand beside it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.bigInt({ min: 2n ** 60n }), (data, number) => {
        // A member of our own, whose name comes last and is no other's.
        const text = JSON.stringify({ ...(JSON.parse(JSON.stringify(data)) as object), '\uFFFF': 0 });
        const longText = text.replace(/0}$/, `${number}}`);
        const expected = JSON.stringify(redactValue(JSON.parse(text))).replace(/0}$/, `${number}}`);
        expect(JSON.parse(redactDataJson(longText))).toEqual(JSON.parse(expected));
        expect(redactDataJson(longText)).toContain(`:${number}`);
      }),
    );
  });
});

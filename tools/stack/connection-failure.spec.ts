import { describe, expect, it } from '@jest/globals';
import { describeConnectionFailure } from './connection-failure.js';

const URL_TEXT = 'postgres://me:hunter2@db.example:5433/usage';

describe('describeConnectionFailure', () => {
  it.each([
    ['ECONNREFUSED', 'connect ECONNREFUSED', 'nothing listens on db.example:5433'],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND', 'there is no host named db.example'],
    ['28P01', 'password authentication failed', 'the server at db.example:5433 refuses the password of user me'],
    ['28000', 'no pg_hba.conf entry', 'does not let user me in (no pg_hba.conf entry)'],
    ['3D000', 'database "usage" does not exist', 'has no database named usage'],
    ['53300', 'too many connections', 'has no connection to spare'],
    ['57P03', 'the database system is starting up', 'is starting up or shutting down'],
    [undefined, 'timeout expired', 'db.example:5433 does not answer'],
    ['XX000', 'something else', 'cannot connect to db.example:5433: something else'],
  ])('says of %s what it means', (code, message, sentence) => {
    const failure = describeConnectionFailure(Object.assign(new Error(message), code === undefined ? {} : { code }), URL_TEXT);
    expect(failure.message).toContain(sentence);
    expect(`${failure.message}${failure.hints.join('')}`).not.toContain('hunter2');
  });

  it('reads the first of several failed addresses', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED ::1:5433'), { code: 'ECONNREFUSED' });
    expect(describeConnectionFailure(new AggregateError([refused]), URL_TEXT).message).toContain('nothing listens on');
  });
});

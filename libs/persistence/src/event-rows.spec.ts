import { describe, expect, it } from '@jest/globals';
import type { UsageEvent } from '@tallymark/domain';
import fc from 'fast-check';
import { EventEncoder } from './event-encoder.js';
import { eventIdentity, shardKey } from './event-identity.js';
import { EVENT_ROW, EventRows } from './event-rows.js';

const ORGANIZATION = '0192d3a0-0000-7000-8000-0000000000ff';
const RECEIVED_AT = new Date('2026-11-21T12:00:00.123Z');

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((value) => !value.includes('\0') && value.isWellFormed());
const time = fc
  .record({
    date: fc.date({ noInvalidDate: true, min: new Date('1900-01-01'), max: new Date('2285-01-01') }),
    micro: fc.integer({ min: 0, max: 999 }),
  })
  .map(({ date, micro }) => date.toISOString().replace('Z', `${String(micro).padStart(3, '0')}Z`));
const anyEvent: fc.Arbitrary<UsageEvent> = fc.record({
  id: text,
  source: text,
  type: text,
  subject: text,
  time: fc.option(time),
  dataJson: fc.option(
    fc.dictionary(text, fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }))).map((data) => JSON.stringify(data)),
  ),
});
const organizationId = fc.uuid();

/** The fields of a row, as the server takes it apart. */
function fieldsOf(rows: EventRows, index: number): (Buffer | null)[] {
  let at = rows.startOf(index) + 2;
  const fields = Array.from({ length: rows.bytes.readInt16BE(at - 2) }, () => {
    const length = rows.bytes.readInt32BE(at);
    at += 4 + Math.max(length, 0);
    return length < 0 ? null : rows.bytes.subarray(at - length, at);
  });
  expect(at).toBe(rows.endOf(index));
  return fields;
}

describe('rows of events', () => {
  it('are read back as the events they were made of', () => {
    const encoder = new EventEncoder();
    fc.assert(
      fc.property(fc.array(fc.record({ organizationId, event: anyEvent }), { maxLength: 20 }), (events) => {
        const rows = encoder.encode(events);
        expect(rows.count).toBe(events.length);
        events.forEach(({ organizationId: organization, event }, index) => {
          expect(rows.eventAt(index)).toEqual(event);
          expect(rows.organizationAt(index)).toBe(organization);
          expect(rows.identityAt(index)).toBe(eventIdentity(organization, event));
          expect(rows.shardKeyAt(index)).toBe(shardKey(organization, event.subject));
          if (event.time !== null) expect(rows.occurredAt(index)).toBe(event.time);
        });
      }),
    );
  });

  it('have the fields of the table, in the order of its columns', () => {
    const event = {
      id: 'e1',
      source: '/test',
      type: 'api.request',
      subject: 'é',
      time: '2000-01-01T00:00:00.000002Z',
      dataJson: '{"a":"漢"}',
    };
    const rows = new EventEncoder().encode([{ organizationId: ORGANIZATION, event }]);
    rows.stamp('-2', RECEIVED_AT);
    expect(EVENT_ROW.columns.split(', ')).toHaveLength(EVENT_ROW.fields);
    expect(fieldsOf(rows, 0).map((field) => field?.toString('hex'))).toEqual([
      BigInt.asUintN(64, BigInt(shardKey(ORGANIZATION, 'é')))
        .toString(16)
        .padStart(16, '0'),
      '0000000000000002',
      eventIdentity(ORGANIZATION, event).replaceAll('-', ''),
      'fffffffffffffffe',
      ORGANIZATION.replaceAll('-', ''),
      '01',
      ...['é', 'api.request', '/test', 'e1', '\x01{"a":"漢"}'].map((value) => Buffer.from(value).toString('hex')),
    ]);
  });

  it('without a time get that of their receipt, anew with each commit that is tried', () => {
    const event = { id: 'e1', source: '/test', type: 'x', subject: 's', time: null, dataJson: null };
    const rows = new EventEncoder().encode([{ organizationId: ORGANIZATION, event }]);
    rows.stamp('1', new Date(0));
    rows.stamp('2', RECEIVED_AT);
    expect(rows.occurredAt(0)).toBe('2026-11-21T12:00:00.123000Z');
    expect(fieldsOf(rows, 0)[3]!.readBigInt64BE()).toBe(2n);
    expect(rows.eventAt(0)).toEqual(event);
  });

  it('are joined and cut without a change to any', () => {
    const encoder = new EventEncoder();
    fc.assert(
      fc.property(fc.array(fc.array(anyEvent, { maxLength: 5 }), { maxLength: 5 }), fc.nat(), fc.nat(), (requests, a, b) => {
        const parts = requests.map((events) => encoder.encode(events.map((event) => ({ organizationId: ORGANIZATION, event }))));
        const joined = EventRows.join(parts);
        const events = requests.flat();
        const [start, end] = [a % (events.length + 1), b % (events.length + 1)].sort((x, y) => x - y) as [number, number];
        const cut = joined.slice(start, end);
        expect(Array.from({ length: joined.count }, (_, index) => joined.eventAt(index))).toEqual(events);
        expect(Array.from({ length: cut.count }, (_, index) => cut.eventAt(index))).toEqual(events.slice(start, end));
      }),
    );
  });

  it('are counted by organization', () => {
    const event = { id: 'e1', source: '/test', type: 'x', subject: 's', time: null, dataJson: null };
    fc.assert(
      fc.property(fc.uniqueArray(organizationId, { minLength: 3, maxLength: 3 }), fc.array(fc.nat({ max: 2 })), (organizations, picks) => {
        const rows = new EventEncoder().encode(picks.map((pick) => ({ organizationId: organizations[pick]!, event })));
        const expected = new Map<string, number>();
        for (const pick of picks) expected.set(organizations[pick]!, (expected.get(organizations[pick]!) ?? 0) + 1);
        expect(rows.countByOrganization(Uint32Array.from(picks.keys()))).toEqual(expected);
      }),
    );
  });
});

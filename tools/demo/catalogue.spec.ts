import { describe, expect, it } from '@jest/globals';
import { decimal, divideExact, isJsonPath } from '@tallymark/domain';
import { readSources } from './sources/read-sources.js';
import { buildDemoEvents } from './events/build-demo-events.js';
import { DEMO_CUSTOMER_RESOURCES, DEMO_METERS, DEMO_PLANS, demoSubscriptions } from './catalogue.js';
import { demoSpan } from './events/demo-event.js';

const span = demoSpan(new Date('2026-03-12T09:00:00Z'));
const meterCodes = DEMO_METERS.map((meter) => meter['code']);
const charges = DEMO_PLANS.flatMap((plan) => plan['charges'] as Record<string, string>[]);

describe('the demo’s catalogue', () => {
  it('has a meter behind every charge', () => {
    for (const charge of charges) expect(meterCodes).toContain(charge['meter_code']);
  });

  it('has unit sizes that divide exactly', () => {
    for (const charge of charges) expect(() => divideExact(decimal('1'), decimal(charge['unit_size']!))).not.toThrow();
  });

  it('counts every type of event that is sent, and reads values that are there', () => {
    const events = buildDemoEvents(readSources('/nonexistent'), span);
    const samples = new Map(events.map((event) => [event.type, event.data]));
    expect(new Set(DEMO_METERS.map((meter) => meter['event_type']))).toEqual(new Set(samples.keys()));
    for (const { value_property: path, event_type: type } of DEMO_METERS as readonly Record<string, string | null>[]) {
      if (path === null) continue;
      expect(isJsonPath(path!)).toBe(true);
      expect(samples.get(type!)).toHaveProperty(path!.slice(2));
    }
  });

  it('has a subscription for every customer', () => {
    const subscribed = demoSubscriptions(span).map((subscription) => subscription['customer_id']);
    expect(subscribed).toEqual(DEMO_CUSTOMER_RESOURCES.map((customer) => customer['external_id']));
  });
});

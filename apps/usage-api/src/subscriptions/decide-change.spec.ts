import { describe, expect, it } from '@jest/globals';
import { DomainError, type PlanVersion } from '@tallymark/domain';
import type { SubscriptionChange } from '@tallymark/persistence';
import { type Course, courseOf, planOf } from '../../test/support/course-fixture.js';
import { decidePlanChange, decideZoneChange } from './decide-change.js';

const NOW = '2026-03-15T12:00:00Z';

function outcome(decide: () => SubscriptionChange | null): string {
  try {
    const change = decide();
    if (change === null) return 'as it is';
    return `${'timeZone' in change ? change.timeZone : change.planVersionId} from ${change.startsAt.toISOString()}`;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const [detail] = error.details as { pointer: string; code: string; message: string }[];
    return `${error.code} ${detail!.pointer} ${detail!.code}: ${detail!.message}`;
  }
}

describe('decidePlanChange', () => {
  interface Case {
    case: string;
    course?: Course;
    target?: PlanVersion;
    at?: string;
    closed?: string;
    now?: string;
    expected: string;
  }
  it.each<Case>([
    { case: 'from now on when no instant is named', expected: 'pro from 2026-03-15T12:00:00.000Z' },
    { case: 'from the start on where that lies ahead', now: '2026-01-01', expected: 'pro from 2026-01-10T00:00:00.000Z' },
    { case: 'from an instant that lies back', at: '2026-02-20', expected: 'pro from 2026-02-20T00:00:00.000Z' },
    { case: 'from an instant that lies ahead', at: '2026-06-01', expected: 'pro from 2026-06-01T00:00:00.000Z' },
    { case: 'from the start', at: '2026-01-10', expected: 'pro from 2026-01-10T00:00:00.000Z' },
    {
      case: 'from the end of the last closed statement',
      at: '2026-03-01',
      closed: '2026-03-01',
      expected: 'pro from 2026-03-01T00:00:00.000Z',
    },
    { case: 'nothing when it is so already', course: { plans: { '2026-02-01': 'pro' } }, expected: 'as it is' },
    {
      case: 'nothing before a change to another plan',
      target: planOf('basic'),
      course: { plans: { '2026-04-01': 'pro' } },
      expected: 'as it is',
    },
    {
      case: 'nothing where a closed statement has it already',
      course: { plans: { '2026-02-01': 'pro' } },
      at: '2026-02-10',
      closed: '2026-03-01',
      expected: 'as it is',
    },
    {
      case: 'back at the same instant',
      target: planOf('basic'),
      course: { plans: { '2026-04-01': 'pro' } },
      at: '2026-04-01',
      expected: 'basic from 2026-04-01T00:00:00.000Z',
    },
    {
      case: 'nothing before the start',
      at: '2026-01-09',
      expected:
        'unprocessable /effective_at before_start: received 2026-01-09T00:00:00.000Z; expected 2026-01-10T00:00:00.000Z, when it started, or later',
    },
    {
      case: 'nothing at the end',
      course: { endedAt: '2026-03-01' },
      at: '2026-03-01',
      expected:
        'unprocessable /effective_at after_end: received 2026-03-01T00:00:00.000Z; expected an instant before 2026-03-01T00:00:00.000Z, when it ends',
    },
    {
      case: 'nothing behind a closed statement',
      at: '2026-02-28T23:59:59.999Z',
      closed: '2026-03-01',
      expected:
        'unprocessable /effective_at closed: received 2026-02-28T23:59:59.999Z; expected 2026-03-01T00:00:00.000Z or later: the statements before are closed',
    },
    {
      case: 'no other currency',
      target: planOf('euro', { currency: 'EUR', version: 3 }),
      expected:
        'unprocessable /plan_code other_currency: received plan "euro" version 3 with currency EUR; expected USD, as in "basic": end this subscription and start another',
    },
    {
      case: 'no other interval',
      target: planOf('annual', { interval: 'yearly' }),
      expected:
        'unprocessable /plan_code other_interval: received plan "annual" version 1 with interval yearly; expected monthly, as in "basic": end this subscription and start another',
    },
  ])('changes $case', ({ course = {}, target = planOf('pro'), at, closed, now = NOW, expected }) => {
    const times = { closedUntil: closed === undefined ? null : new Date(closed), now: new Date(now) };
    const effectiveAt = at === undefined ? null : new Date(at);
    expect(outcome(() => decidePlanChange(courseOf(course), { target, effectiveAt }, times))).toBe(expected);
  });
});

describe('decideZoneChange', () => {
  it.each<{ case: string; course?: Course; timeZone?: string; now?: string; expected: string }>([
    { case: 'from the end of the current period on', expected: 'Asia/Tokyo from 2026-04-01T00:00:00.000Z' },
    { case: 'at the boundary, from the next on', now: '2026-04-01', expected: 'Asia/Tokyo from 2026-05-01T00:00:00.000Z' },
    { case: 'before the start, from it on', now: '2026-01-01', expected: 'Asia/Tokyo from 2026-01-10T00:00:00.000Z' },
    { case: 'nothing when it is so already', timeZone: 'UTC', expected: 'as it is' },
    { case: 'nothing when it will be so', course: { zones: { '2026-04-01': 'Asia/Tokyo' } }, expected: 'as it is' },
    {
      case: 'back before it has begun',
      course: { zones: { '2026-04-01': 'Asia/Tokyo' } },
      timeZone: 'UTC',
      expected: 'UTC from 2026-04-01T00:00:00.000Z',
    },
    {
      case: 'from the end of a period that leads over on',
      course: { zones: { '2026-03-01': 'America/New_York' } },
      expected: 'Asia/Tokyo from 2026-04-01T04:00:00.000Z',
    },
    {
      case: 'nothing in the last period',
      course: { endedAt: '2026-04-01' },
      expected:
        'unprocessable /time_zone after_end: received "Asia/Tokyo"; expected a subscription with a billing period after the current one: it ends at 2026-04-01T00:00:00.000Z',
    },
    {
      case: 'nothing after the end',
      course: { endedAt: '2026-03-01' },
      expected:
        'unprocessable /time_zone after_end: received "Asia/Tokyo"; expected a subscription with a billing period after the current one: it ends at 2026-03-01T00:00:00.000Z',
    },
  ])('changes $case', ({ course = {}, timeZone = 'Asia/Tokyo', now = NOW, expected }) => {
    expect(outcome(() => decideZoneChange(courseOf(course), timeZone, new Date(now)))).toBe(expected);
  });
});

import { describe, expect, it } from '@jest/globals';
import type { SubscriptionCourse } from '@tallymark/persistence';
import { courseOf as anyCourseOf } from '../../test/support/course-fixture.js';
import { phasesOf, plansAround } from './plans-in-time.js';

/** From 1 January 2026. */
const courseOf = (plans: Record<string, string>, zones: Record<string, string> = {}, endedAt: string | null = null): SubscriptionCourse =>
  anyCourseOf({ startedAt: '2026-01-01', plans, zones, endedAt });

describe('phasesOf', () => {
  it.each([
    { case: 'one without changes', course: courseOf({}), expected: ['2026-01-01 basic UTC'] },
    {
      case: 'plans and zones together, in order',
      course: courseOf({ '2026-02-01': 'pro', '2026-04-01': 'max' }, { '2026-03-01': 'Asia/Tokyo' }),
      expected: ['2026-01-01 basic UTC', '2026-02-01 pro UTC', '2026-03-01 pro Asia/Tokyo', '2026-04-01 max Asia/Tokyo'],
    },
    {
      case: 'one for both at the same instant',
      course: courseOf({ '2026-02-01': 'pro' }, { '2026-02-01': 'Asia/Tokyo' }),
      expected: ['2026-01-01 basic UTC', '2026-02-01 pro Asia/Tokyo'],
    },
    {
      case: 'none for what was taken back',
      course: courseOf({ '2026-02-01': 'basic' }, { '2026-03-01': 'UTC' }),
      expected: ['2026-01-01 basic UTC'],
    },
    { case: 'none past the end', course: courseOf({ '2026-02-01': 'pro' }, {}, '2026-02-01'), expected: ['2026-01-01 basic UTC'] },
  ])('is $case', ({ course, expected }) => {
    expect(
      phasesOf(course).map(
        ({ startsAt, planVersion, timeZone }) => `${startsAt.toISOString().slice(0, 10)} ${planVersion.planCode} ${timeZone}`,
      ),
    ).toEqual(expected);
  });
});

describe('plansAround', () => {
  const course = courseOf({ '2026-02-01': 'pro', '2026-04-01': 'max' }, { '2026-03-01': 'Asia/Tokyo' }, '2026-06-01');
  it.each([
    ['2025-12-01', ' - ', 'basic 2026-01-01 2026-02-01', 'pro'],
    ['2026-02-01', 'basic', 'pro 2026-02-01 2026-04-01', 'max'],
    ['2026-07-01', 'pro', 'max 2026-04-01 2026-06-01', ' - '],
  ])('at %s: after %s, now %s, then %s', (at, previous, current, next) => {
    const around = plansAround(course, new Date(at));
    const { planVersion, startsAt, endsAt } = around.current;
    expect([
      around.previous?.planVersion.planCode ?? ' - ',
      `${planVersion.planCode} ${startsAt.toISOString().slice(0, 10)} ${endsAt?.toISOString().slice(0, 10)}`,
      around.next?.planVersion.planCode ?? ' - ',
    ]).toEqual([previous, current, next]);
  });
});

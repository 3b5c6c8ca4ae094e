import { describe, expect, it } from '@jest/globals';
import {
  type LagoCharge,
  type LagoSequence,
  type LagoTrueUp,
  convertLagoCharge,
  convertLagoSequence,
  convertLagoTrueUp,
} from '../test/lago-records.js';
import { MONEY_AREAS, type OpenMeterRecord, convertOpenMeter } from '../test/openmeter-records.js';
import {
  AREAS_ELSEWHERE,
  LAGO_AGGREGATIONS_NOT_APPLIED,
  LAGO_CHARGES_NOT_APPLIED,
  LAGO_SEQUENCES_NOT_APPLIED,
  type NotApplied,
  OPENMETER_NOT_APPLIED,
} from '../test/vectors-not-applied.js';
import { type VectorCase, readVectors } from '../test/vectors.js';

/** The cases of peers, read where they lie beside the repository. What does not apply is listed with its reason, and each reason is named here. */
function describeCases<Row extends { readonly id?: string; readonly case: string }>(
  title: string,
  rows: readonly Row[],
  convert: (row: Row) => VectorCase,
  notApplied: readonly NotApplied<Row>[],
): void {
  describe(title, () => {
    const applied = rows.filter((row) => !notApplied.some((exception) => exception.applies(row)));
    it.each(applied.map(convert))('$name', ({ receive, expected }) => {
      expect(Object.keys(expected)).not.toEqual([]);
      expect(receive()).toEqual(expected);
    });
    for (const { reason, applies } of notApplied) {
      const names = rows.filter(applies).map((row) => row.id ?? row.case);
      it(`not applied, ${names.join(', ') || 'none here'}: ${reason}`, () => {
        expect(applied.filter(applies)).toEqual([]);
      });
    }
  });
}

const lago = readVectors('lago.json') as Readonly<Record<string, readonly unknown[]>> | null;
const openMeter = readVectors('openmeter.json') as readonly OpenMeterRecord[] | null;

if (lago === null) {
  it('Lago’s cases are absent: no ../shared/vectors/lago.json beside the repository', () => {
    expect(lago).toBeNull();
  });
} else {
  describe('Lago’s cases are present', () => {
    describeCases('charge models', lago.charge_models as readonly LagoCharge[], convertLagoCharge, LAGO_CHARGES_NOT_APPLIED);
    describeCases('sequences', lago.pay_in_advance_sequences as readonly LagoSequence[], convertLagoSequence, LAGO_SEQUENCES_NOT_APPLIED);
    describeCases('minimum true-up', lago.minimum_true_up as readonly LagoTrueUp[], convertLagoTrueUp, []);
    it.each(Object.entries(LAGO_AGGREGATIONS_NOT_APPLIED))('not applied, %s: %s', (id) => {
      expect((lago.aggregations as readonly { readonly id: string }[]).map((row) => row.id)).toContain(id);
    });
    it('no area is forgotten', () => {
      const here = ['meta', 'charge_models', 'pay_in_advance_sequences', 'minimum_true_up'];
      expect(Object.keys(lago).filter((area) => !here.includes(area) && AREAS_ELSEWHERE[area] === undefined)).toEqual([]);
    });
  });
}

if (openMeter === null) {
  it('OpenMeter’s cases are absent: no ../shared/vectors/openmeter.json beside the repository', () => {
    expect(openMeter).toBeNull();
  });
} else {
  describe('OpenMeter’s cases are present', () => {
    const money = openMeter.filter((row) => MONEY_AREAS.has(row.area));
    describeCases('money', money, convertOpenMeter, OPENMETER_NOT_APPLIED);
    it('no area is forgotten', () => {
      const areas = new Set(openMeter.map((row) => row.area));
      expect([...areas].filter((area) => !MONEY_AREAS.has(area) && AREAS_ELSEWHERE[area] === undefined)).toEqual([]);
    });
  });
}

import type { OrganizationPlan } from './organization.js';

const meter = { event_type: 'api.request', filters: [], group_by: {}, recurring: false };
const charge = { unit: 'units', unit_size: '1', price: { model: 'standard', unit_amount: '0.01' } };

/** Events counted, and their amounts added up: what is lost or counted twice shows in both. */
export const COUNTED: OrganizationPlan = {
  meters: [
    { ...meter, code: 'api_calls', name: 'API calls', unit: 'requests', aggregation: 'count', value_property: null },
    { ...meter, code: 'amount', name: 'Amount', unit: 'units', aggregation: 'sum', value_property: '$.amount' },
  ],
  plan: {
    currency: 'USD',
    interval: 'monthly',
    base_amount: '10.00',
    charges: [
      { ...charge, metric: 'api_calls', name: 'API calls', meter_code: 'api_calls', included_units: '1000' },
      { ...charge, metric: 'amount', name: 'Amount', meter_code: 'amount', included_units: '0' },
    ],
  },
};

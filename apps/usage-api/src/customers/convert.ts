import type { CustomerWithSubjects } from '@tallymark/persistence';
import type { CustomerBody } from './schemas.js';

export function convertCustomer(customer: CustomerWithSubjects): CustomerBody {
  return {
    id: customer.id,
    external_id: customer.externalId,
    name: customer.name,
    type: customer.type,
    country: customer.country,
    currency: customer.currency,
    time_zone: customer.timeZone,
    subjects: [...customer.subjects],
    created_at: customer.createdAt.toISOString(),
    updated_at: customer.updatedAt.toISOString(),
  };
}

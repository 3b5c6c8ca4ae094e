import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, type Principal, Requires } from '@tallymark/service-kit';
import { reference } from '../catalogue/fields.js';
import { CustomerTokensService } from './customer-tokens.service.js';
import { type CreateCustomerToken, type CustomerTokenBody, createCustomerTokenBody, customerTokenSchema } from './schemas.js';

@ApiTags('Customers')
@Controller('platform/v1/customers/:customer/tokens')
export class CustomerTokensController {
  constructor(private readonly tokens: CustomerTokensService) {}

  /** Needs `catalogue:write`: a token outlives the revocation of the key that made it, so a key that may only read makes none. */
  @Post()
  @Requires('catalogue:write')
  @ApiOperation({
    summary: 'Create a short-lived customer token',
    description: 'For the customer’s browser: it reads the usage and statements of this customer, nothing else, for up to 24 hours.',
  })
  @ApiCreatedResponse({ standardSchema: customerTokenSchema, description: 'Created. The token is shown this once' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'not_found')
  async create(
    @CurrentPrincipal() principal: Principal,
    @Param('customer', { schema: reference }) customer: string,
    @Body({ schema: createCustomerTokenBody }) body: CreateCustomerToken,
  ): Promise<CustomerTokenBody> {
    return this.tokens.create(principal, customer, body);
  }
}

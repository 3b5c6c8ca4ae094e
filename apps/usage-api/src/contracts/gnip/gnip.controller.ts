import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import {
  GNIP_PATH,
  type GnipUsageBody,
  type RawQuery,
  gnipAccountOfPath,
  gnipOpenApi,
  renderGnipUsage,
} from '@tallymark/provider-contracts';
import { AllowSchemes, CurrentPrincipal, Etagged, type Principal, Requires } from '@tallymark/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DescribeContract } from '../describe-contract.js';
import { GnipService } from './gnip.service.js';

@Controller()
export class GnipController {
  constructor(private readonly usage: GnipService) {}

  @Get('metrics/usage/accounts/:account.json')
  @AllowSchemes('basic')
  @Requires('usage:read')
  @Etagged()
  @DescribeContract(
    gnipOpenApi,
    GNIP_PATH,
    'The user is the name of an API key of the account’s customer, the password the key; the account is the customer’s external id.',
  )
  async read(
    @CurrentPrincipal() principal: Principal,
    @Req() { url }: FastifyRequest,
    @Query() query: RawQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<GnipUsageBody> {
    // The path as it came: the account is percent-decoded once, by the contract.
    const account = gnipAccountOfPath(url.split('?', 1)[0]!);
    const { usage, projection, asOf } = await this.usage.read(principal, account, query);
    void reply.header('tallymark-as-of', asOf.toISOString());
    return renderGnipUsage(usage, projection);
  }
}

import { Body, Controller, Headers, HttpCode, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CSV_CONTENT_TYPE } from '@tallymark/provider-contracts';
import { ApiProblems, CurrentPrincipal, type Principal, Requires } from '@tallymark/service-kit';
import type { FastifyReply } from 'fastify';
import { chooseFormat } from '../tables/choose-format.js';
import { simulationToCsv } from './convert.js';
import { type SimulationAnswer, type SimulationBody, simulationBody, simulationSchema } from './schemas.js';
import { SimulationsService } from './simulations.service.js';

@ApiTags('Simulations')
@ApiBearerAuth('bearer')
@Controller('platform/v1/simulations')
export class SimulationsController {
  constructor(private readonly simulations: SimulationsService) {}

  @Post()
  @HttpCode(200)
  @Requires('catalogue:read', 'usage:read')
  @ApiOperation({
    summary: 'Simulate a price list',
    description:
      'Prices what customers used in past billing periods under a plan or under terms that are no plan yet, beside their own plans: who pays less, who pays more. Usage is read once and priced twice. Nothing is stored.',
  })
  @ApiOkResponse({ standardSchema: simulationSchema, description: 'Per customer the amounts under either price list, and their totals' })
  @ApiProblems('invalid_request', 'unauthenticated', 'forbidden', 'not_found', 'unprocessable')
  async simulate(
    @CurrentPrincipal() principal: Principal,
    @Body({ schema: simulationBody }) body: SimulationBody,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SimulationAnswer | string> {
    const answer = await this.simulations.simulate(principal, body);
    void reply.header('vary', 'Accept');
    if (chooseFormat(body.format, accept) === 'json') return answer;
    void reply.header('content-type', CSV_CONTENT_TYPE);
    if (answer.next_cursor !== null) void reply.header('next-cursor', answer.next_cursor);
    return simulationToCsv(answer);
  }
}

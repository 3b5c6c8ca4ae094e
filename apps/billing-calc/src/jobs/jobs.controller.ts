import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '@tallymark/service-kit';
import { z } from 'zod';
import { JOBS } from './jobs.js';

const jobSchema = z.object({
  id: z.string(),
  description: z.string(),
  schedule: z.string().describe('Cron with seconds, in UTC'),
  timeout_ms: z.int(),
  overlap: z.literal('skip').describe('A tick during a run does nothing'),
});
const jobsSchema = z.object({ data: z.array(jobSchema) }).meta({ id: 'Jobs' });

@ApiTags('Jobs')
@Controller('jobs')
export class JobsController {
  @Get()
  @Public()
  @ApiOperation({ summary: 'The list of timed jobs' })
  @ApiOkResponse({ description: 'Every timed job of the platform', standardSchema: jobsSchema })
  list(): z.infer<typeof jobsSchema> {
    return {
      data: JOBS.map(({ id, description, schedule, timeoutMs, overlap }) => ({
        id,
        description,
        schedule,
        timeout_ms: timeoutMs,
        overlap,
      })),
    };
  }
}

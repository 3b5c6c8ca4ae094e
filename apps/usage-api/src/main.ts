import { parseConfig, runService, startService } from '@tallymark/service-kit';
import { usageApiConfig } from './config.js';
import { createApp } from './create-app.js';

await runService(async () => startService(await createApp(parseConfig(usageApiConfig))));

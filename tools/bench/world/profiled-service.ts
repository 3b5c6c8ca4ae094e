import { mkdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';

/** Runs a service under the CPU profiler: `--cpu-prof` may not stand in NODE_OPTIONS. Writes `<SERVICE_NAME>-<pid>.cpuprofile` when it ends. */
const folder = process.env['PROFILE_DIR'] ?? '.';
const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.start');
process.on('exit', () => {
  session.post('Profiler.stop', (error, result) => {
    if (error !== null) return;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${process.env['SERVICE_NAME'] ?? 'service'}-${process.pid}.cpuprofile`), JSON.stringify(result.profile));
  });
});
await import(process.env['SERVICE_ENTRY'] ?? '');

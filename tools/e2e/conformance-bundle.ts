import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { build, type Plugin } from 'vite';
import { findRootDir } from './platform.js';

// Reads a piece of TSX from standard input and writes it as one script with all that it imports.
// It is no file; its name lies where its imports are found from.
const entry = join(findRootDir(), 'tools', 'e2e', 'conformance-component.tsx');
const tsx = await text(process.stdin);
const source: Plugin = {
  name: 'component-source',
  resolveId: (id) => (id === entry ? id : null),
  load: (id) => (id === entry ? tsx : null),
};
const built = await build({
  configFile: false,
  logLevel: 'error',
  root: findRootDir(),
  plugins: [source],
  define: { 'process.env.NODE_ENV': '"production"' },
  build: { write: false, minify: false, lib: { entry, formats: ['es'], fileName: 'page' } },
});
const [output] = Array.isArray(built) ? built : [built];
if (output === undefined || !('output' in output)) throw new Error('the component was watched, not built');
process.stdout.write(output.output[0].code);

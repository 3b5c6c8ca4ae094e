import { fileURLToPath } from 'node:url';

/**
 * One Jest for the whole workspace, in two halves:
 * `unit` needs nothing; `postgres` (integration, end to end, scenarios, browser) needs the server that its global set-up starts.
 * A project's own tests: `npx nx test <project>`, or a path after `npm test --`.
 */
const rootDir = fileURLToPath(new URL('../..', import.meta.url));

const swc = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true, tsx: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false, react: { runtime: 'automatic' } },
    target: 'es2022',
    keepClassNames: true,
  },
};

const shared = {
  rootDir,
  testEnvironment: 'node',
  // Our own packages are read from source, so that tests need no build.
  testEnvironmentOptions: { customExportConditions: ['@tallymark/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // cookie 2 and content-disposition 3 are ESM, and are required by CommonJS packages, which Jest below Node 24.9 cannot do.
  transform: {
    '/node_modules/(cookie|content-disposition)/.+\\.js$': ['@swc/jest', { jsc: { target: 'es2022' }, module: { type: 'commonjs' } }],
    '\\.tsx?$': ['@swc/jest', { ...swc, module: { type: 'es6' } }],
  },
  transformIgnorePatterns: ['/node_modules/(?!(cookie|content-disposition)/)'],
  modulePathIgnorePatterns: ['/dist/'],
  setupFiles: ['reflect-metadata'],
};

export default {
  rootDir,
  reporters: ['default', '<rootDir>/tools/jest/summary-reporter.mjs'],
  maxWorkers: 2,
  // A bound for what hangs, not a measure of speed: set-up starts servers, on machines that may be busy.
  testTimeout: 120_000,
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{libs,apps}/*/src/**/*.spec.{ts,tsx}', '<rootDir>/tools/**/*.spec.ts'] },
    {
      ...shared,
      displayName: 'postgres',
      globalSetup: '<rootDir>/tools/jest/start-postgres.mjs',
      globalTeardown: '<rootDir>/tools/jest/stop-postgres.mjs',
      testMatch: [
        '<rootDir>/{libs,apps}/*/src/**/*.int-spec.ts',
        '<rootDir>/apps/*/test/**/*.{e2e-spec,int-spec}.ts',
        '<rootDir>/apps/billing-calc/test/scenarios/*.spec.ts',
        '<rootDir>/tools/**/*.e2e-spec.ts',
      ],
    },
  ],
};

import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Which kind of project may depend on which. Arrows point towards facts: apps, infra, contract, domain. */
const boundaries = [
  {
    sourceTag: 'type:domain',
    onlyDependOnLibsWithTags: ['type:domain'],
    bannedExternalImports: ['@nestjs/*', 'typeorm', 'pg', 'fastify', 'rxjs', 'reflect-metadata', 'zod', 'node:*'],
  },
  {
    sourceTag: 'type:contract',
    onlyDependOnLibsWithTags: ['type:domain', 'type:contract'],
    bannedExternalImports: ['@nestjs/*', 'typeorm', 'pg', 'fastify', 'rxjs', 'reflect-metadata', 'node:*'],
  },
  { sourceTag: 'type:infra', onlyDependOnLibsWithTags: ['type:domain', 'type:contract', 'type:infra'] },
  {
    sourceTag: 'type:app',
    onlyDependOnLibsWithTags: ['type:domain', 'type:contract', 'type:infra'],
    bannedExternalImports: ['typeorm', 'pg'],
  },
  { sourceTag: 'type:testing', onlyDependOnLibsWithTags: ['type:domain', 'type:contract', 'type:infra'] },
  { sourceTag: 'type:tool', onlyDependOnLibsWithTags: ['type:domain', 'type:contract', 'type:infra', 'type:app', 'type:testing'] },
];

const specs = ['**/*.spec.{ts,tsx}', '**/*.int-spec.ts', '**/*.e2e-spec.ts', '**/test/**'];
const noTestingInProduction = { sourceTag: '*', notDependOnLibsWithTags: ['type:testing'] };

/** Specs of these use the harness that is built on them; nothing that ships does. */
const HARNESS_CYCLES = ['persistence', 'service-kit'].map((library) => [library, 'testing']);

const moduleBoundaries = (depConstraints, ignoredCircularDependencies = []) => ({
  '@nx/enforce-module-boundaries': [
    'error',
    { enforceBuildableLibDependency: false, allowCircularSelfDependency: false, ignoredCircularDependencies, depConstraints },
  ],
});

/** node: built-ins are no packages to Nx, so the pure libraries ban them by a rule of ESLint itself. */
const pureLibraries = ['domain', 'date-window', 'rating', 'forecasting', 'provider-contracts'].map((name) => `**/libs/${name}/src/**/*.ts`);

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/*.d.ts', '**/openapi.json', '**/package.json', '**/tsconfig*.json'] },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.strict, ...tseslint.configs.stylistic],
    languageOptions: { parserOptions: { ecmaFeatures: { jsx: true }, emitDecoratorMetadata: true, experimentalDecorators: true } },
  },
  { files: ['**/*.{ts,tsx,mts,mjs}'], languageOptions: { parser: tseslint.parser }, plugins: { '@nx': nx } },
  {
    files: ['**/*.{ts,tsx}'],
    rules: {
      ...moduleBoundaries([...boundaries, noTestingInProduction]),
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/unified-signatures': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' }],
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'Read the environment through the configuration schema alone.',
        },
      ],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: pureLibraries,
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*'], message: 'Pure libraries run anywhere: no node: built-ins.' }] },
      ],
      'no-restricted-globals': ['error', 'process', 'Buffer'],
    },
  },
  {
    files: specs,
    rules: {
      ...moduleBoundaries(
        boundaries.map((rule) => ({
          ...rule,
          onlyDependOnLibsWithTags: [...rule.onlyDependOnLibsWithTags, 'type:testing'],
          bannedExternalImports: undefined,
        })),
        HARNESS_CYCLES,
      ),
      'no-restricted-syntax': 'off',
      'no-restricted-imports': 'off',
      'no-restricted-globals': 'off',
    },
  },
  { files: ['**/tools/**/*.ts', '**/libs/testing/**/*.ts', '**/config.ts'], rules: { 'no-restricted-syntax': 'off', 'no-console': 'off' } },
);

import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** A guest must see the same world in every replay: time and chance come in through recorded events only. */
const nondeterminism = {
  'no-restricted-globals': ['error', ...['Date', 'performance', 'crypto', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'process'].map(name => ({
    name, message: 'The emulator is a function of its recorded inputs; have time, chance and the host handed in (session/session-types.ts, Host).',
  }))],
  'no-restricted-properties': ['error',
    { object: 'Math', property: 'random', message: 'The emulator is deterministic; entropy is a recorded event.' },
    ...['Date', 'performance', 'crypto'].map(property => ({ object: 'globalThis', property, message: 'The emulator is deterministic.' })),
  ],
};

export default tseslint.config(
  // core/ is AssemblyScript: asc is its compiler and its checker.
  { ignores: ['dist/', 'node_modules/', 'test-output/', 'emulator/core/', 'guests/', '**/*.d.ts'] },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      curly: ['error', 'multi-line'],
      'no-console': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/prefer-nullish-coalescing': 'error',
      '@typescript-eslint/prefer-optional-chain': 'error',
      // Table look-ups whose index is known to be inside are many in an emulator (noUncheckedIndexedAccess).
      '@typescript-eslint/no-non-null-assertion': 'off',
      // It cannot be told that the strings taken apart here are ASCII: bit patterns, hexadecimal digits.
      '@typescript-eslint/no-misused-spread': 'off',
      // VS Code's Disposable is meant to be matched by its shape.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // An implementation of an asynchronous interface may have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' }],
    },
  },
  { files: ['emulator/**/*.ts'], ignores: ['emulator/host/**', 'emulator/cli/**'], rules: nondeterminism },
  { files: ['emulator/cli/**/*.ts', 'scripts/**/*.ts', 'test/vscode/**/*.ts', 'test/runner/**/*.ts', 'test/bench/**/*.ts'], rules: { 'no-console': 'off' } },
  // node:test's reporters are default exports.
  { files: ['test/runner/json-lines-reporter.ts'], rules: { 'no-restricted-exports': 'off' } },
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 600, skipBlankLines: true, skipComments: true }], // data rows
      'max-lines-per-function': 'off', // describe()
      '@typescript-eslint/no-floating-promises': ['error', {
        allowForKnownSafeCalls: [{ from: 'package', package: 'node:test', name: ['test', 'it', 'describe', 'suite', 'before', 'after', 'beforeEach', 'afterEach'] }],
      }],
    },
  },
  { files: ['**/*.js', '**/*.mjs'], languageOptions: { globals: { process: 'readonly', console: 'readonly' } } },
);

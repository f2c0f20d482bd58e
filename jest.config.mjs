/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  testMatch: [
    '<rootDir>/src/**/*.spec.ts',
    '<rootDir>/test/**/*.spec.ts',
    '<rootDir>/test/**/*.e2e-spec.ts',
  ],
  testTimeout: 15_000,
  maxWorkers: '100%',
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  // `npm run test:asvs` runs these, and counts the requirements.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/asvs/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^nestjs-gatehouse$': '<rootDir>/src/index.ts',
    '^nestjs-gatehouse/(redis|sql|connect-redis)$': '<rootDir>/src/storage/$1/index.ts',
    '^nestjs-gatehouse/(audit|admin|openapi|passport|testing)$': '<rootDir>/src/$1/index.ts',
    '^nestjs-gatehouse/ws$': '<rootDir>/src/nest/ws/ws.ts',
    '^nestjs-gatehouse/socket\\.io$': '<rootDir>/src/nest/ws/socket-io.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  collectCoverageFrom: [
    'src/**/*.ts',
    '!src/**/*.spec.ts',
    '!src/demo/main.ts',
    '!src/admin-ui/**',
  ],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};

// JupyterLab's packages are published as ES modules, which Jest must have translated.
const modules = [
  '@jupyterlab',
  '@jupyter',
  '@microsoft',
  '@codemirror',
  '@lezer',
  'lib0',
  'y-protocols',
  'y-websocket',
  'yjs',
  'nanoid',
  'exenv-es6',
  'marked',
  'vscode-ws-jsonrpc',
  '@rjsf',
  'style-mod',
  'w3c-keyname',
  'crelt',
  '@marijn'
].join('|');

export default {
  testEnvironment: 'jsdom',
  testMatch: ['<rootDir>/src/**/__tests__/**/*.spec.ts?(x)'],
  setupFiles: ['<rootDir>/jest.setup.cjs'],
  moduleNameMapper: {
    '\\.(css|svg)$': '<rootDir>/jest.empty.cjs'
  },
  transform: {
    '\\.[jt]sx?$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', tsx: true },
          target: 'es2022',
          transform: { react: { runtime: 'classic' } }
        },
        module: { type: 'commonjs' }
      }
    ]
  },
  transformIgnorePatterns: [`/node_modules/(?!(${modules})(/|$))`]
};

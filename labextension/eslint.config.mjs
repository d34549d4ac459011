import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import hooks from 'eslint-plugin-react-hooks';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import typescript from 'typescript-eslint';

export default typescript.config(
  { ignores: ['lib/', 'node_modules/', 'coverage/'] },
  js.configs.recommended,
  {
    files: ['src/**/*.{ts,tsx}'],
    extends: [typescript.configs.recommendedTypeChecked],
    plugins: { 'react-hooks': hooks },
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: dirname(fileURLToPath(import.meta.url))
      }
    },
    rules: {
      ...hooks.configs.recommended.rules,
      '@typescript-eslint/naming-convention': [
        'error',
        {
          selector: 'interface',
          format: ['PascalCase'],
          custom: { regex: '^I[A-Z]', match: true }
        }
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-namespace': 'off',
      // signals are connected with the receiver that the method is called on
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      // texts of contracts, logs and notebooks must never become HTML
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Use textContent or React.' },
        { property: 'outerHTML', message: 'Use textContent or React.' },
        { property: 'insertAdjacentHTML', message: 'Use textContent or React.' }
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]',
          message: 'Use textContent or React.'
        },
        {
          selector: 'JSXText[value=/[A-Za-z]{2}/]',
          message: 'Texts go through the translator: {trans.__(…)}.'
        }
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: '@jupyterlab/coreutils',
              importNames: ['URLExt'],
              message: 'Addresses are made in requests/request.ts only.'
            }
          ]
        }
      ],
      eqeqeq: 'error',
      curly: 'error',
      'prefer-arrow-callback': 'error'
    }
  },
  {
    files: ['src/requests/request.ts', 'src/**/__tests__/**'],
    rules: { 'no-restricted-imports': 'off' }
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', Buffer: 'readonly' }
    }
  },
  {
    files: ['*.cjs'],
    languageOptions: { sourceType: 'commonjs' }
  },
  prettier
);

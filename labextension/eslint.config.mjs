import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import hooks from 'eslint-plugin-react-hooks';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import typescript from 'typescript-eslint';

// where a text that people see may stand: in elements, in attributes, in what dialogs and commands are given
const LETTERS = '[value=/[A-Za-z]{2}/]';
const BARE_TEXTS = [
  `JSXText${LETTERS}`,
  `JSXElement > JSXExpressionContainer > Literal${LETTERS}`,
  `JSXElement > JSXExpressionContainer > :matches(ConditionalExpression, LogicalExpression) > Literal${LETTERS}`,
  `JSXAttribute[name.name=/^(title|placeholder|alt|label|aria-label|aria-description)$/] > Literal${LETTERS}`,
  `Property[key.name=/^(label|caption|body|displayName)$/] > Literal${LETTERS}`,
  `Property[key.name="properties"] Property[key.name="description"] > Literal${LETTERS}`,
  `CallExpression[callee.object.name="Notification"] > Literal${LETTERS}`,
  `CallExpression[callee.property.name="setAttribute"][arguments.0.value=/^(title|placeholder|alt|aria-label)$/] > Literal${LETTERS}:nth-child(2)`,
  `AssignmentExpression[left.property.name=/^(title|placeholder|textContent|label|caption)$/] > Literal${LETTERS}`,
  `NewExpression[callee.name="Error"] > Literal${LETTERS}`
];

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
          // jupyterlab-translate finds texts by this name alone
          selector:
            'CallExpression[callee.property.name=/^(__|_n|_p|_np)$/]' +
            ':not([callee.object.name="trans"])' +
            ':not([callee.object.object.type="ThisExpression"][callee.object.property.name="trans"])',
          message: 'The translator is called trans or this.trans, else its texts are not collected.'
        },
        ...BARE_TEXTS.map(selector => ({
          selector,
          message: 'Texts go through the translator: trans.__(…).'
        }))
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
    files: ['src/**/__tests__/**'],
    rules: { 'no-restricted-syntax': 'off' }
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

import boundaries from 'eslint-plugin-boundaries'
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'
import vueParser from 'vue-eslint-parser'

const slices = ['app', 'feature', 'sw', 'store', 'wire', 'ui', 'lib']
const from = type => ({ element: { type } })
const to = (...types) => types.map(type => ({ to: { element: { type } } }))
const ownSlice = {
  to: { element: { type: 'feature', captured: { slice: '{{from.captured.slice}}' } } },
}

export default ts.config(
  { ignores: ['dist', 'src/wire/*.gen.ts'] },
  ...ts.configs.strict,
  ...vue.configs['flat/recommended'],
  {
    // A parser for both: plain TypeScript and the scripts of components.
    files: ['src/**/*.ts', 'src/**/*.vue', 'docs/**/*.ts'],
    languageOptions: {
      parser: vueParser,
      parserOptions: { parser: ts.parser, projectService: true, extraFileExtensions: ['.vue'] },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      eqeqeq: ['error', 'smart'],
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        ...['innerHTML', 'outerHTML', 'insertAdjacentHTML'].map(property => ({
          property,
          message: 'The page builds nodes; it never parses a string as HTML.',
        })),
      ],
    },
  },
  {
    // A test reads the page as text, and never writes it so.
    files: ['src/**/*.test.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['**/*.vue'],
    rules: {
      'vue/no-v-html': 'error',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/define-props-declaration': 'error',
      'vue/define-emits-declaration': 'error',
      'vue/no-static-inline-styles': 'error',
      'vue/no-undef-components': ['error', { ignorePatterns: ['RouterLink', 'RouterView'] }],
      'vue/require-default-prop': 'off',
      // How markup is laid out is the writer's care.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
    },
  },
  {
    // Who may import whom: downwards only, and no slice another slice.
    files: ['src/**/*.{ts,vue}'],
    plugins: { boundaries },
    settings: {
      'import/resolver': { typescript: { project: './tsconfig.json' } },
      'boundaries/elements': slices.map(type =>
        type === 'feature'
          ? { type, pattern: 'src/features/*', capture: ['slice'] }
          : { type, pattern: `src/${type}` },
      ),
    },
    rules: {
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          policies: [
            { from: from('app'), allow: to('app', 'feature', 'store', 'ui', 'lib', 'wire') },
            { from: from('feature'), allow: [ownSlice, ...to('store', 'ui', 'lib')] },
            { from: from('store'), allow: to('store', 'wire', 'lib') },
            { from: from('sw'), allow: to('sw', 'store', 'wire', 'lib') },
            { from: from('ui'), allow: to('ui', 'lib') },
            { from: from('wire'), allow: to('wire', 'lib') },
            { from: from('lib'), allow: to('lib') },
          ],
        },
      ],
    },
  },
)

import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { leanMarkdown } from './build/lean-markdown.ts'

/** The address of the server that `npm run dev` talks to. */
const server = process.env['CLAUDE_RASP_DEV_SERVER'] ?? 'http://127.0.0.1:8080'

/** What every page stands on. */
const BASE = /node_modules\/(@vue|vue|pinia)\/|\/ui\/(UiIcon\.vue|icons)|\/(lib\/i18n|store\/outside)\.ts/

export default defineConfig({
  plugins: [vue({ features: { optionsAPI: false } }), leanMarkdown()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: ['chrome123', 'firefox128', 'safari17.5'],
    sourcemap: false,
    // The browsers above preload modules themselves; and nothing may be inlined under our CSP.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // The app, and the page of the API's documentation, which shares nothing with it.
    rolldownOptions: {
      input: ['index.html', 'docs/index.html'],
      output: {
        // As one file, for each more is a request of the first load.
        codeSplitting: { groups: [{ name: 'base', test: BASE }] },
      },
    },
  },
  server: { proxy: { '/api': { target: server, ws: true } } },
  test: { include: ['src/**/*.test.ts'] },
})

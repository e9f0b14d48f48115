import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The tests of the whole app in a browser live at the root, and use the packages of this folder. */
export default defineConfig({
  root: here('../tests/e2e'),
  cacheDir: here('node_modules/.vite-e2e'),
  resolve: {
    alias: {
      'axe-core': here('node_modules/axe-core/axe.js'),
      'playwright-core': here('node_modules/playwright-core/index.mjs'),
      typescript: here('node_modules/typescript/lib/typescript.js'),
      vitest: here('node_modules/vitest/dist/index.js'),
    },
  },
  test: {
    include: ['**/*.e2e.ts'],
    // Each file has its own browser and servers, and mostly waits for them.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    reporters: ['verbose'],
  },
})

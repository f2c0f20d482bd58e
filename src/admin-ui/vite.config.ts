import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Both pages, with addresses relative to their document, so that they work wherever they are mounted. */
export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    outDir: fileOf('../../dist/admin-ui'),
    emptyOutDir: true,
    target: 'baseline-widely-available',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: [fileOf('admin.html'), fileOf('account.html')],
      // Of 'use client' in packages, which says nothing where everything is the client.
      checks: { moduleLevelDirective: false },
    },
  },
});

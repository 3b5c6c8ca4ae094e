import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The page is files alone, under any path, and nothing in it is inline: its policy allows scripts and styles of its own origin only. */
export default defineConfig({
  base: './',
  plugins: [react()],
  // Workspace libraries are read from source, so that the page builds on a fresh clone.
  resolve: { conditions: ['@tallymark/source', 'module', 'browser', 'development|production'] },
  build: { target: 'es2023', assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: true },
  server: { proxy: { '/api': 'http://127.0.0.1:8082', '/platform': 'http://127.0.0.1:8082' } },
});

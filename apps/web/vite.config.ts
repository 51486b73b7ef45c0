import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = "http://127.0.0.1:3342";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2023",
    // fonts and pictures stay files: data: addresses would need a weaker policy
    assetsInlineLimit: 0,
    // the polyfill is an inline script where it is not needed
    modulePreload: { polyfill: false },
    sourcemap: true,
    rollupOptions: {
      output: {
        manualChunks: (id) => (/node_modules\/(react|react-dom|scheduler)\//.test(id) ? "react" : undefined),
      },
    },
  },
  server: {
    host: "127.0.0.1",
    proxy: {
      // every RPC path begins with its package
      "^/[a-zA-Z_][\\w]*(\\.[\\w]+)+/": { target: server, changeOrigin: false },
      "^/tasks/\\d+/(log|log\\.zip|artifact)(\\?|$)": { target: server, changeOrigin: false },
      "/api": { target: server, changeOrigin: false },
    },
  },
});

/**
 * How the page is built: one script, one style sheet, nothing inline, so that the strictest content security policy
 * fits. The same sources give the same file names.
 */
export default {
  base: "/",
  // The workspace's packages are bundled from their sources; nothing has to be built before.
  resolve: { conditions: ["@wardwire/source", "browser", "module", "import"] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2024",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // All but the CBOR codec, which this page never asks for: one request instead of one after the other.
        codeSplitting: {
          groups: [{ name: "page", test: (id: string): boolean => !/[\\/](cborg|wire[\\/]src[\\/]cbor)/.test(id) }],
        },
      },
    },
  },
  plugins: [
    {
      name: "no-preloading",
      enforce: "pre",
      // Vite's own is 700 bytes that fetch the parts of a lazy chunk in advance; the only lazy chunk here has none.
      load: {
        filter: { id: /vite\/preload-helper/ },
        handler: (): string => "export const __vitePreload = (load) => load();",
      },
    },
  ],
} as const;

/** What only a sealed connection needs: what is told about it, the client's part, CBOR and cryptography. */
const sealed =
  /components[\\/]seal[\\/]|client[\\/]src[\\/]sealed|packages[\\/]crypto|wire[\\/]src[\\/]cbor|cborg|@noble/;

/** What of it only a browser needs that lacks one of WebCrypto's algorithms. */
const fallback = /primitives[\\/]noble[\\/](aead|key-exchange|signatures)\.ts|@noble/;

/**
 * How the page is built: one script to begin with, one style sheet, nothing inline, so that the strictest content security
 * policy fits. What a sealed connection needs is a second script, and a third where the browser lacks ML-KEM or ML-DSA.
 * The same sources give the same file names.
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
        codeSplitting: {
          // The first group that takes a module takes what it imports as well, unless a group before has it.
          groups: [
            { name: "page", test: (id: string): boolean => !sealed.test(id) },
            { name: "sealed", test: (id: string): boolean => sealed.test(id) && !fallback.test(id) },
            { name: "fallback", test: fallback },
          ],
        },
      },
    },
  },
  plugins: [
    {
      name: "no-preloading",
      enforce: "pre",
      // Vite's own is 700 bytes that fetch the parts of a lazy chunk in advance; here all of them are loaded already.
      load: {
        filter: { id: /vite\/preload-helper/ },
        handler: (): string => "export const __vitePreload = (load) => load();",
      },
    },
  ],
} as const;

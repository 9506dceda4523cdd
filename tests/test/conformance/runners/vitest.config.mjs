import { defineConfig } from "vitest/config";

export default defineConfig({
  ssr: { resolve: { conditions: ["@mi/source", "node", "import", "default"] } },
  test: { include: ["in-vitest.ts"] },
});

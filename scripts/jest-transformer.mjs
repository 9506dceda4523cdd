import { fastGlobals } from "./fast-globals.mjs";
import { transpiled, transpiledName } from "./transpiled.mjs";

const builtIns = `const { ${fastGlobals.join(", ")} } = globalThis;\n`;

/** Jest's way to the sources. What it answers is kept by jest for each project. */
export default {
  getCacheKey: (text, path) => transpiledName(text, path) + builtIns,
  process(text, path) {
    const { code, map } = transpiled(text, path);
    const { mappings, ...rest } = JSON.parse(map);
    return { code: builtIns + code, map: JSON.stringify({ ...rest, mappings: `;${mappings}` }) };
  },
};

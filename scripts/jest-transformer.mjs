import { transpiled, transpiledName } from "./transpiled.mjs";

/**
 * A test file runs in a context of its own, where each look at a global calls into C++: `Math.imul` in a loop takes
 * longer than all around it. These are looked up once for each module. No clocks and timers, which tests may replace.
 */
const builtIns =
  "const { Array, BigInt, Error, JSON, Map, Math, Number, Object, Promise, Reflect, Set, String, Symbol, TypeError, WeakMap, WeakSet } = globalThis;\n";

/** Jest's way to the sources. What it answers is kept by jest for each project. */
export default {
  getCacheKey: (text, path) => transpiledName(text, path) + builtIns,
  process(text, path) {
    const { code, map } = transpiled(text, path);
    const { mappings, ...rest } = JSON.parse(map);
    return { code: builtIns + code, map: JSON.stringify({ ...rest, mappings: `;${mappings}` }) };
  },
};

import tsJest from "ts-jest";
import { fastGlobals } from "./fast-globals.mjs";

const { default: make } = tsJest;

/** Without checking types: `tsc -b` does that. */
const transformer = make.createTransformer({
  useESM: true,
  diagnostics: false,
  tsconfig: {
    target: "ES2023",
    module: "ESNext",
    moduleResolution: "bundler",
    isolatedModules: true,
    verbatimModuleSyntax: true,
    // Tests run from source, so a `.ts` specifier has to stay what it is.
    allowImportingTsExtensions: true,
    rewriteRelativeImportExtensions: false,
    esModuleInterop: true,
    sourceMap: true,
  },
});

// On the first line of the module, so that no line moves.
const builtIns = `const { ${fastGlobals.join(", ")} } = globalThis;`;

/** What ts-jest makes of a module, with the globals that are looked at most in the module's own scope. */
export default {
  getCacheKey: (...given) => transformer.getCacheKey(...given) + builtIns,
  process(...given) {
    const made = transformer.process(...given);
    return { ...made, code: builtIns + made.code };
  },
};

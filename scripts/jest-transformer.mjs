import { transpiled, transpiledName } from "./transpiled.mjs";

/**
 * Jest's way to the sources. Its own cache keeps each file once for every project, and loads what transforms before it
 * knows whether there is anything to transform.
 */
export default { getCacheKey: transpiledName, process: transpiled };

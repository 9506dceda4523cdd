import { register } from "node:module";

// Given to `node --import`: lets Node run the TypeScript of this workspace as it stands, without a build.
register("./transpile.mjs", import.meta.url);

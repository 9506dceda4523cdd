#!/usr/bin/env node
import { register } from "node:module";

// From Node 22.18 on it takes the types out by itself.
if (!process.features.typescript) register("./typescript-hooks.mjs", import.meta.url);
await import("../dist/cli/main.js");

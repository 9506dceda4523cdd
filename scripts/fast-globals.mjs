/**
 * Under jest each look at a global calls into C++: `Math.imul` in a loop takes longer than all around it. Modules get
 * these in a scope of their own, so none may declare one of them itself. No clocks and timers, which tests may replace.
 */
export const fastGlobals = [
  "Array",
  "BigInt",
  "Error",
  "JSON",
  "Map",
  "Math",
  "Number",
  "Object",
  "Promise",
  "Reflect",
  "Set",
  "String",
  "Symbol",
  "TypeError",
  "WeakMap",
  "WeakSet",
];

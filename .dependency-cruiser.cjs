/**
 * The arrows between packages. A package that is not a key here may import no other package,
 * so a new one has to be added on purpose.
 */
const arrows = {
  ecs: [],
  clients: [],
  "storage-memory": ["ecs"],
  "storage-kysely": ["ecs"],
  conformance: ["ecs"],
  threads: ["ecs", "clients"],
};

const named = Object.keys(arrows).join("|");

const arrowRules = Object.entries(arrows).map(([name, targets]) => ({
  name: `arrows-of-${name}`,
  comment: `The source of @mi/${name} may import ${targets.map((target) => `@mi/${target}`).join(", ") || "no other package"}.`,
  severity: "error",
  from: { path: `^packages/${name}/src/` },
  to: {
    path: "^(packages|apps|examples|testing|tests|bench|scripts)/",
    pathNot: `^packages/(${[name, ...targets].join("|")})/`,
  },
}));

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    ...arrowRules,
    {
      name: "arrows-of-a-new-package",
      comment: "A package whose arrows are not written down in .dependency-cruiser.cjs.",
      severity: "error",
      from: { path: "^packages/([^/]+)/src/", pathNot: `^packages/(${named})/` },
      to: {
        path: "^(packages|apps|examples|testing|tests|bench|scripts)/",
        pathNot: "^packages/$1/",
      },
    },
    {
      name: "tests-of-the-lowest-packages",
      comment: "Tests of the core or the clients that need another package live in tests/.",
      severity: "error",
      from: { path: "^packages/(ecs|clients)/test/" },
      to: { path: "^(packages|apps|examples|testing|tests|bench)/", pathNot: "^packages/$1/" },
    },
    {
      name: "nothing-imports-apps",
      severity: "error",
      from: { pathNot: "^apps/([^/]+)/" },
      to: { path: "^apps/" },
    },
    {
      name: "arrows-of-examples",
      comment: "An example is what a user would write: it stands on published packages alone.",
      severity: "error",
      from: { path: "^examples/([^/]+)/" },
      to: { path: "^(apps|examples|testing|tests|bench)/", pathNot: "^examples/$1/" },
    },
    {
      name: "nothing-but-tests-imports-examples",
      severity: "error",
      from: { pathNot: "^(examples|tests)/" },
      to: { path: "^examples/" },
    },
    {
      name: "nothing-but-tests-and-measurements-imports-testing",
      comment: "What tests and measurements share is no part of a package.",
      severity: "error",
      from: { pathNot: "^packages/[^/]+/test/|^(testing|tests|bench)/" },
      to: { path: "^testing/" },
    },
    {
      name: "arrows-of-testing",
      comment: "What tests share knows nothing of what is tested.",
      severity: "error",
      from: { path: "^testing/([^/]+)/" },
      to: {
        path: "^(packages|apps|examples|testing|tests|bench|scripts)/",
        pathNot: "^testing/$1/",
      },
    },
    {
      name: "no-app-imports-another-app",
      severity: "error",
      from: { path: "^apps/([^/]+)/" },
      to: { path: "^apps/", pathNot: "^apps/$1/" },
    },
    {
      name: "no-import-of-tests",
      comment: "Neither source nor another folder's tests may lean on tests.",
      severity: "error",
      from: { path: "^(packages|apps|examples|testing)/([^/]+)/src/" },
      to: { path: "(^|/)test/|^(tests|bench)/" },
    },
    {
      name: "no-internal-of-another-package",
      severity: "error",
      from: { path: "^((?:packages|apps|examples|testing)/[^/]+|[^/]+)/" },
      to: { path: "/internal/", pathNot: "^$1/|node_modules" },
    },
    {
      name: "no-relative-path-into-another-package",
      comment: "Another package is imported by its name, through its exports.",
      severity: "error",
      from: { path: "^((?:packages|apps|examples|testing)/[^/]+|[^/]+)/" },
      to: {
        path: "^(packages|apps|examples|testing)/[^/]+/",
        pathNot: "^$1/",
        dependencyTypes: ["local"],
      },
    },
    {
      name: "nobody-imports-its-own-index",
      comment: "The index is the front door; inside, import the file that has the thing.",
      severity: "error",
      from: { path: "^(packages/[^/]+)/src/" },
      to: { path: "^$1/src/index[.]ts$" },
    },
    {
      name: "no-cycle",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-dev-dependency-in-source",
      comment: "A user who installs the package does not get its dev dependencies.",
      severity: "error",
      from: { path: "^(packages|apps|examples|testing)/[^/]+/src/" },
      to: {
        dependencyTypes: ["npm-dev"],
        dependencyTypesNot: ["npm-peer"],
        pathNot: "node_modules/@types/",
      },
    },
    {
      name: "no-undeclared-dependency",
      severity: "error",
      from: { path: "^(packages|apps|examples|testing)/[^/]+/src/" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["npm-peer"] },
    },
    {
      name: "not-to-unresolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|[.]cache)/" },
    tsConfig: { fileName: "tsconfig.test.json" },
    // Types count: a type-only import is an arrow as well.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@mi/source", "import", "node", "types", "default"],
      extensions: [".ts", ".mts", ".mjs", ".js", ".cjs", ".d.ts", ".json", ".node"],
    },
  },
};

import base from "../../../../jest.config.mjs";

const tests = base.projects.find(({ displayName }) => displayName === "tests");

/** The workspace's own settings, for the one file that makes the kit's tests. */
export default { ...tests, testMatch: ["**/runners/in-jest.ts"] };

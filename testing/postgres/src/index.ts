export { listenedPool } from "./listened-pool.ts";
export { PostgresServer } from "./postgres-server.ts";
export type { ServerOptions, Stop } from "./postgres-server.ts";
export { SharedServer } from "./shared-server.ts";
export type { EmptySchema, SharedServerOptions } from "./shared-server.ts";

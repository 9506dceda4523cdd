import { z } from "zod";
import { entity } from "@mi/ecs";

/** Something that a model can call. */
export class Tool extends entity("mi.Tool", {
  /** The model calls it by this name. */
  name: z.string().min(1),
}) {}

import { z } from "zod";
import { entity } from "@mi/ecs";

/** Something that a model can call, by its name. */
export class Tool extends entity("mi.Tool", {
  name: z.string().min(1),
}) {}

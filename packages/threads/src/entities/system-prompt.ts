import { z } from "zod";
import { entity } from "@mi/ecs";

/** What the model is told before the conversation begins. */
export class SystemPrompt extends entity("mi.SystemPrompt", {
  name: z.string(),
  content: z.string(),
}) {}

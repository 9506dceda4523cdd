import { z } from "zod";
import { entity } from "@mi/ecs";

const count = z.int().min(0);
const unknownCount = count.nullable().default(null);

/** The tokens that one answer cost. `null` is what the service didn't say, never 0. */
export class Usage extends entity("mi.Usage", {
  model: z.string(),
  /** All that was read, cached tokens included. */
  promptTokens: count,
  /** All that was written, reasoning included. */
  completionTokens: count,
  totalTokens: count,
  cacheCreationInputTokens: unknownCount,
  cacheReadInputTokens: unknownCount,
  acceptedPredictionTokens: unknownCount,
  audioTokens: unknownCount,
  reasoningTokens: unknownCount,
  rejectedPredictionTokens: unknownCount,
  cachedTokens: unknownCount,
}) {}

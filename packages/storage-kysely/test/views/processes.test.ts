import { expect, test } from "@jest/globals";
import { outputOf } from "../child/run-child.ts";
import { engines } from "./engines.ts";

test.each(engines)(
  "on %s, processes that open an empty database at once with other shapes of a type all succeed, and its view has all columns",
  async (_engine, makeMedium) => {
    const medium = await makeMedium();
    const fields = Array.from({ length: 6 }, (_, i) => `own${i}`);
    const outputs = await Promise.all(
      fields.map((field) => outputOf("open-with-views.ts", [medium.place, field])),
    );
    expect(outputs).toEqual(fields.map(() => "open"));
    const columns = ["text", ...fields].join(", ");
    expect(await medium.query(`SELECT ${columns} FROM task`)).toEqual([]);
    for (const field of fields)
      expect(await medium.plan(`SELECT ecs_id FROM task WHERE ${field} = $1`, ["x"])).toMatch(
        new RegExp(`mi_view_[0-9a-f]{8}_${field}_`),
      );
    await medium.close();
  },
);

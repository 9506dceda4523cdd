import { UnsupportedValueError } from "../errors.ts";
import { noteWrite } from "../trace/note-write.ts";
import type { WarmState } from "./warm-state.ts";

const places = new WeakMap<Date, { readonly owner: WarmState; readonly field: string }>();

/**
 * The prototype of dates that belong to an entity. A Proxy can't stand for a Date, whose methods need the real object;
 * so the methods that change one are overridden here and tell the entity first.
 */
const trackedPrototype: object = Object.create(Date.prototype);

for (const name of Object.getOwnPropertyNames(Date.prototype)) {
  const method: unknown = Reflect.get(Date.prototype, name);
  if (!name.startsWith("set") || typeof method !== "function") continue;
  Object.defineProperty(trackedPrototype, name, {
    configurable: true,
    writable: true,
    value(this: Date, ...parts: unknown[]): unknown {
      const place = places.get(this);
      if (place !== undefined) {
        const time = this.getTime();
        const attempt = new Date(time);
        Reflect.apply(method, attempt, parts);
        if (Number.isNaN(attempt.getTime()))
          throw new UnsupportedValueError(
            place.owner.type.name,
            place.owner.lineageId,
            [place.field],
            `${name}() would make the date invalid`,
          );
        noteWrite(place.owner, () => {
          place.owner.touchInside(place.field);
          Date.prototype.setTime.call(this, time);
        });
        place.owner.touchInside(place.field);
      }
      return Reflect.apply(method, this, parts);
    },
  });
}

/** A date that tells `owner` when it is changed in place. */
export function trackDate(date: Date, owner: WarmState, field: string): Date {
  const tracked = new Date(date.getTime());
  Object.setPrototypeOf(tracked, trackedPrototype);
  places.set(tracked, { owner, field });
  return tracked;
}

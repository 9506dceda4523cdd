import { UnsupportedValueError } from "../errors.ts";
import { noteWrite } from "../trace/note-write.ts";
import type { WarmState } from "./warm-state.ts";
import { wayTo } from "./way-to.ts";

const places = new WeakMap<Date, { readonly owner: WarmState; readonly field: string }>();

/**
 * The methods of dates that belong to an entity. A Proxy can't stand for a Date, whose methods need the real object; so the
 * methods that change one are overridden and tell the entity first. On each date, not on a prototype: a test runner that
 * compares prototypes takes it for an ordinary date.
 */
const trackedMethods: PropertyDescriptorMap = {};

for (const name of Object.getOwnPropertyNames(Date.prototype)) {
  const method: unknown = Reflect.get(Date.prototype, name);
  if (!name.startsWith("set") || typeof method !== "function") continue;
  trackedMethods[name] = {
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
            wayTo(place.owner, place.field, this),
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
  };
}

/** A date that tells `owner` when it is changed in place. */
export function trackDate(date: Date, owner: WarmState, field: string): Date {
  const tracked = new Date(date.getTime());
  Object.defineProperties(tracked, trackedMethods);
  places.set(tracked, { owner, field });
  return tracked;
}

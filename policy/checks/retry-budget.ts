/** Retries multiply the load on a backend that is failing under load, and those beyond the timeout are never made. */
import { parseDuration } from "../../istio";
import type { Checks } from "../check";
import { rulesOf } from "../objects/virtual-service";
import { fault } from "../thing";
import { at, number, text } from "../values";

const milliseconds = (value: unknown): number | undefined => {
    const said = text(value);
    return said === undefined ? undefined : parseDuration(said);
};

export const retryBudget: Checks<"retry-budget"> = {
    resource: (thing, parameters) =>
        rulesOf(thing).flatMap(({ field, value }) => {
            const attempts = number(at(value, "retries", "attempts")) ?? 0;
            const each = milliseconds(at(value, "retries", "perTryTimeout"));
            const whole = milliseconds(at(value, "timeout"));
            if (attempts > parameters.attempts)
                return [fault(thing, `${field}.retries.attempts`, `is ${attempts}. Want ${parameters.attempts} at most.`)];
            // A timeout of 0 is none.
            if (each === undefined || !whole || attempts * each <= whole) return [];
            return [
                fault(
                    thing,
                    `${field}.retries`,
                    `allows ${attempts} attempts of ${text(at(value, "retries", "perTryTimeout"))}, which is more than the timeout of ${text(at(value, "timeout"))}: the last ones are cut off. Lower attempts or perTryTimeout.`,
                ),
            ];
        }),
};

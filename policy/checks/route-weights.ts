/** Weights are shares of their sum: 10 and 10 are halves, whatever the other 80 were for. */
import type { Checks } from "../check";
import { rulesOf } from "../objects/virtual-service";
import { fault } from "../thing";
import { number, UNKNOWN } from "../values";

export const routeWeights: Checks<"route-weights"> = {
    resource: (thing, { total }) =>
        rulesOf(thing).flatMap(({ field, routes }) => {
            const weights = routes.map(({ weight }) => weight);
            if (routes.length < 2 || weights.includes(UNKNOWN)) return [];
            const silent = weights.findIndex((weight) => weight === undefined);
            const sum = weights.reduce((so: number, weight) => so + (number(weight) ?? 0), 0);
            if (silent >= 0)
                return [
                    fault(
                        thing,
                        `${field}.route[${silent}]`,
                        "has no weight beside others that do: it gets no request. Give each a weight.",
                    ),
                ];
            return sum === total
                ? []
                : [
                      fault(
                          thing,
                          `${field}.route`,
                          `has weights that sum to ${sum}, where ${total} was meant: each is taken as a share of the sum.`,
                      ),
                  ];
        }),
};

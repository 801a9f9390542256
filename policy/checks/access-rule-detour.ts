/** What is forbidden by its spelling is asked for by another one. */
import type { Checks } from "../check";
import { accessFaults } from "../objects/analysed-world";

export const accessRuleDetour: Checks<"access-rule-detour"> = {
    stack: (world) => accessFaults(world, ["GH0722"]),
};

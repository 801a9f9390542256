/** A rule that nothing meets protects nobody, and one that meets more than it names closes what nobody meant. */
import type { Checks } from "../check";
import { accessFaults } from "../objects/analysed-world";

export const accessRuleMet: Checks<"access-rule-met"> = {
    stack: (world) => accessFaults(world, ["GH0712", "GH0714", "GH0721", "GH0723"]),
};

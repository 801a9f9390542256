/** A rule about tokens that nobody verifies lets in nobody, or everybody. */
import type { Checks } from "../check";
import { accessFaults } from "../objects/analysed-world";

export const tokenVerified: Checks<"token-verified"> = {
    stack: (world) => (world.complete ? accessFaults(world, ["GH0718"]) : []),
};

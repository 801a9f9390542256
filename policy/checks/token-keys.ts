/** Whoever has the keys of an issuer, or can put in others, is whoever he likes to be. */
import type { Checks } from "../check";
import { accessFaults } from "../objects/analysed-world";

export const tokenKeys: Checks<"token-keys"> = {
    stack: (world) => accessFaults(world, ["GH0716", "GH0717", "GH0724"]),
};

/** An address that is not the client's lets in the wrong ones. */
import type { Checks } from "../check";
import { accessFaults } from "../objects/analysed-world";

export const accessClientAddress: Checks<"access-client-address"> = {
    stack: (world) => accessFaults(world, ["GH0720"]),
};

/** A certificate that no listener loads leaves its hosts without one, and a list that can't be read lets nobody in. */
import type { Checks } from "../check";
import { remarksOnSecret } from "../objects/certificates";

export const certificateLoads: Checks<"certificate-loads"> = {
    resource: (thing, _parameters, { now }) => remarksOnSecret(thing, now, (level) => level === "Error"),
};

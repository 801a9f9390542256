/** A certificate that no listener loads leaves its hosts without one, and a list that can't be read lets nobody in. */
import { CODES, secretData, secretFaults, type CodeEntry } from "../../istio";
import type { Checks } from "../check";
import { heldSecret, holdsPair, isSecret, PEM_LIKE } from "../objects/certificates";

export const certificateLoads: Checks<"certificate-loads"> = {
    resource: (thing, _parameters, { now }) => {
        const content = isSecret(thing) ? heldSecret(thing) : undefined;
        if (content === undefined) return [];
        const data = secretData(content);
        const parts = { pair: holdsPair(thing, data), ca: PEM_LIKE.test(data.ca) };
        return secretFaults(data, parts, now).filter(({ code }) => (CODES[code] as CodeEntry).level === "Error")
            .map(({ message, fix }) => ({ thing, message: `${thing.title}: ${message}.${fix === "" ? "" : ` ${fix}`}` }));
    },
};

/** A certificate that no listener loads leaves its hosts without one, and a list that can't be read lets nobody in. */
import { CODES, secretData, secretFaults, type CodeEntry, type SecretData } from "../../istio";
import type { Checks } from "../check";
import { heldSecret, isSecret } from "../objects/certificates";
import type { Thing } from "../thing";
import { at } from "../values";

/** What is taken for PEM, also where it is damaged: keys of these names may hold other things. */
const PEM_LIKE = /-----(?:BEGIN|END) |^LS0tLS1CRUdJTi/;

/** Whether a Secret is for a listener: by its type, or by what stands in it. */
function holdsPair(thing: Thing, { certificate, privateKey }: SecretData): boolean {
    if (certificate === "" || privateKey === "") return false;
    return at(thing.value, "type") === "kubernetes.io/tls" || PEM_LIKE.test(certificate) || PEM_LIKE.test(privateKey);
}

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

/** What of a Secret is served or read otherwise than was meant: a certificate that is not for servers, a list or an OCSP response that is left out. */
import { CODES, secretData, secretFaults, usageRemarks, type CodeEntry } from "../../istio";
import type { Checks } from "../check";
import { heldCertificates, heldSecret, holdsPair, isSecret, PEM_LIKE, secretOfServer } from "../objects/certificates";
import { credentialsOf, endsTls, serversOf } from "../objects/gateway";
import type { Thing } from "../thing";
import type { World } from "../world";

const sentence = (title: string, { message, fix }: { readonly message: string; readonly fix: string }): string => `${title}: ${message}.${fix === "" ? "" : ` ${fix}`}`;

/** The Secrets that servers of Gateways name: only those are for servers. */
function ofServers(world: World): readonly Thing[] {
    const named = world.of("networking.istio.io", "Gateway").flatMap((gateway) => serversOf(gateway).filter(endsTls).flatMap(credentialsOf).flatMap(({ name }) => secretOfServer(world, gateway, name) ?? []));
    return [...new Set(named)];
}

export const certificateRemarks: Checks<"certificate-remarks"> = {
    resource: (thing, _parameters, { now }) => {
        const content = isSecret(thing) ? heldSecret(thing) : undefined;
        if (content === undefined) return [];
        const data = secretData(content);
        return secretFaults(data, { pair: holdsPair(thing, data), ca: PEM_LIKE.test(data.ca) }, now)
            .filter(({ code }) => (CODES[code] as CodeEntry).level !== "Error").map((one) => ({ thing, message: sentence(thing.title, one) }));
    },
    stack: (world) => ofServers(world).flatMap((thing) => heldCertificates(thing).flatMap(({ chain: [leaf] }) =>
        (leaf ? usageRemarks(leaf) : []).map((one) => ({ thing, message: sentence(thing.title, { ...one, message: `the certificate ${one.message}` }) })))),
};

/** What of a Secret is served or read otherwise than was meant: a certificate that is not for servers, a list or an OCSP response that is left out. */
import { usageRemarks } from "../../istio";
import type { Checks } from "../check";
import { heldCertificates, remark, remarksOnSecret, secretOfServer } from "../objects/certificates";
import { credentialsOf, endsOwnTls, serversOf } from "../objects/gateway";
import type { Thing } from "../thing";
import type { World } from "../world";

/** The Secrets that servers of Gateways name: only those are for servers. */
function ofServers(world: World): readonly Thing[] {
    const named = world.of("networking.istio.io", "Gateway").flatMap((gateway) =>
        serversOf(gateway)
            .filter(endsOwnTls)
            .flatMap(credentialsOf)
            .flatMap(({ name }) => secretOfServer(world, gateway, name) ?? []),
    );
    return [...new Set(named)];
}

export const certificateRemarks: Checks<"certificate-remarks"> = {
    resource: (thing, _parameters, { now }) => remarksOnSecret(thing, now, (level) => level !== "Error"),
    stack: (world) =>
        ofServers(world).flatMap((thing) =>
            heldCertificates(thing).flatMap(({ chain: [leaf] }) =>
                (leaf ? usageRemarks(leaf) : []).map((one) => remark(thing, { ...one, message: `the certificate ${one.message}` })),
            ),
        ),
};

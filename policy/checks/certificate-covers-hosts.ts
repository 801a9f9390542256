/** A client refuses a certificate that does not name the host that it asked for. */
import { coversHost, namesOf, shownText } from "../../istio";
import type { Checks } from "../check";
import { heldCertificates, secretOfServer } from "../objects/certificates";
import { credentialsOf, endsOwnTls, serversOf, type ServerView } from "../objects/gateway";
import { fault, type PolicyFault, type Thing } from "../thing";
import type { World } from "../world";

function ofServer(world: World, gateway: Thing, server: ServerView): PolicyFault[] {
    const [credential, ...more] = credentialsOf(server);
    // Of several, each for its own kind of key, the first names what the others do.
    const secret = credential === undefined || more.length > 1 ? undefined : secretOfServer(world, gateway, credential.name);
    const leaf = secret && heldCertificates(secret)[0]?.chain[0];
    if (!leaf || !secret) return [];
    const names = namesOf(leaf);
    const bare = server.hosts.filter(({ host }) => host !== "*" && !coversHost(names, host));
    return bare.map(({ host, field }) =>
        fault(
            gateway,
            field,
            `is ${shownText(host)}, which the certificate of ${secret.title} does not name; it is for ${names.length > 0 ? names.slice(0, 5).map(shownText).join(", ") : "no host"}.`,
        ),
    );
}

export const certificateCoversHosts: Checks<"certificate-covers-hosts"> = {
    stack: (world) =>
        world.of("networking.istio.io", "Gateway").flatMap((gateway) =>
            serversOf(gateway)
                .filter(endsOwnTls)
                .flatMap((server) => ofServer(world, gateway, server)),
        ),
};

/** What is not served as the tables have it, for the reader of the configuration. */
import { finding, type Finding } from "../../istio/findings";
import type { BoundTls } from "../tls";
import { aboutOrigin, objectOfKey, type FilterChainEntry } from "../tables";
import type { Snapshot } from "./snapshot";

export function findingsOf({ faults, unserved }: Snapshot): Finding[] {
    return [
        ...faults.map(({ key, origin, message }) => finding("GH0484", aboutOrigin(origin), `${key} could not be taken over: ${message}.`)),
        ...[...unserved.values()].flatMap(({ entry, tls }) => (tls ? certificateFinding(entry, tls) : [])),
    ];
}

function certificateFinding(entry: FilterChainEntry, { server, problem, missing }: BoundTls): Finding {
    const about = aboutOrigin(entry.origin);
    const names = entry.serverNames.length > 0 ? entry.serverNames.join(", ") : "any host";
    if (server) return finding("GH0481", about, `The certificate for ${names} can't be used (${problem}); the one before it is served.`);
    const lacking = missing === undefined ? undefined : objectOfKey(missing);
    return finding("GH0480", { ...about, missing: lacking }, `No handshake is accepted for ${names}: ${problem}.`);
}

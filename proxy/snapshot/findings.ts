/** What is not served as the tables have it, for the reader of the configuration. */
import { finding, type Finding } from "../../istio/findings";
import { aboutOrigin, objectOfKey } from "../tables";
import type { FilterChain, Snapshot } from "./snapshot";

export function findingsOf({ faults, unserved }: Pick<Snapshot, "faults" | "unserved">): Finding[] {
    return [
        ...faults.map(({ key, origin, message }) => finding("GH0484", aboutOrigin(origin), `${key} could not be taken over: ${message}.`)),
        ...unserved.values(),
    ];
}

/** Undefined: the certificates of the chain, as they are now, are served. */
export function certificateFinding({ entry, tls }: FilterChain): Finding | undefined {
    if (tls === undefined || tls.problem === "") return undefined;
    const { server, problem, missing } = tls;
    const about = aboutOrigin(entry.origin);
    const names = entry.serverNames.length > 0 ? entry.serverNames.join(", ") : "any host";
    if (server) return finding("GH0481", about, `The certificate for ${names} can't be used (${problem}); the one before it is served.`);
    const lacking = missing === undefined ? undefined : objectOfKey(missing);
    return finding("GH0480", { ...about, missing: lacking }, `No handshake is accepted for ${names}: ${problem}.`);
}

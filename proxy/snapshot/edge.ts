/** Settings of whole hosts by the objects that have them; those that did not change are the same as before. */
import type { EdgeEntry, Tables } from "../tables";
import { BoundEdges, type BoundEdge, type BoundEntry } from "./bound-edges";
import { attempt, type Changes } from "./changes";
import { bindCompression } from "./features/compression";
import { bindMaintenance } from "./features/maintenance";
import { bindRedirects } from "./features/redirects";
import { bindSecurityHeaders } from "./features/security-headers";
import type { BindFault, Snapshot } from "./snapshot";

/** Undefined: there is nothing of the kind for any host. */
export function bindEdge(
    previous: Snapshot | undefined,
    { edges: entries }: Tables,
    { edges: changes }: Changes,
    faults: BindFault[],
): Snapshot["edge"] {
    if (previous !== undefined && changes.size === 0) return previous.edge;
    const bound = new Map<string, BoundEntry>();
    for (const [key, entry] of entries) {
        const present = previous?.edge?.entries.get(key);
        if (present?.entry === entry) bound.set(key, present);
        else attempt("edges", entry, faults, () => bound.set(key, { entry, bound: partsOf(entry) }));
    }
    return bound.size === 0 ? undefined : new BoundEdges(bound);
}

function partsOf({ securityHeaders, maintenance, redirects, compression }: EdgeEntry): BoundEdge {
    return {
        ...(securityHeaders && { securityHeaders: bindSecurityHeaders(securityHeaders) }),
        ...(maintenance && { maintenance: bindMaintenance(maintenance) }),
        ...(redirects && { redirects: bindRedirects(redirects) }),
        ...(compression && { compression: bindCompression(compression) }),
    };
}

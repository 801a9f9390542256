/**
 * Servers that are no Gateway's are guarded too: by the policies that are for the proxy's pods, as if a Gateway had them that
 * selects those pods and that nobody names.
 */
import type { Labels } from "../../../istio/semantics";
import type { CompilerSettings } from "../context/context";
import type { PlannedServer } from "../routing/model/servers";
import type { PlacedGateway } from "./servers";

/** A translator that has servers of its own. */
export interface OtherServers {
    /** For a reader: `Ingresses`. */
    readonly what: string;
    owns(server: PlannedServer): boolean;
    servers(): readonly PlannedServer[];
    /** What the pods that serve them bear, as far as it is known. */
    podLabels(): Labels;
}

/** No object has the name. */
export function standInFor({ what }: OtherServers, labels: Labels, { namespace }: CompilerSettings): PlacedGateway {
    const metadata = { name: `(${what})`, namespace };
    const object = { apiVersion: "networking.istio.io/v1", kind: "Gateway", metadata, spec: { selector: labels, servers: [] } } as const;
    const ref = { group: "networking.istio.io", kind: "Gateway", namespace, name: metadata.name };
    return { object: object as unknown as PlacedGateway["object"], ref, id: `${namespace}/${metadata.name}`, source: { object } };
}

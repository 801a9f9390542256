/** What clusters have that lead outside: names that are asked for, addresses that are inner, and who may. */
import { createHash } from "node:crypto";
import { ALLOW_FROM_ANNOTATION } from "../../../istio/semantics/forward-proxy";
import { isWildcard } from "../../../istio/semantics/hosts";
import type { ClusterEntry } from "../../tables/clusters";
import type { CompilerContext } from "../context/context";
import { annotationField } from "../context/place";
import type { ClusterUse } from "../context/said";
import { targetOf, type Addresses, type BackendLabels, type HostDefinition, type HostPort } from "./model/backends";
import { originOf } from "./origin";

export type EgressAddresses = Addresses & Pick<ClusterEntry, "dynamic">;

const NONE: readonly never[] = [];

/** A name that nobody has asked for yet is not looked up: of wildcards, and of tunnels, of which most hosts have none open. */
export function egressAddresses(use: ClusterUse, definition: HostDefinition, port: HostPort, labels: BackendLabels): EgressAddresses {
    const { host } = use;
    const target = targetOf(port);
    const asked: EgressAddresses = { discovery: "dynamic", endpoints: NONE, dynamic: { hosts: [host], port: target } };
    if (definition.egress?.isAskedByName === true)
        return isWildcard(host) || use.tunnel ? asked : { discovery: "dns", endpoints: [{ address: host, port: target, weight: 1 }] };
    const found = definition.addressesOf(port, host, labels);
    const [only] = found.endpoints;
    const isOwnName = found.discovery === "dns" && found.endpoints.length === 1 && only?.address === host;
    return use.tunnel && isOwnName ? { ...asked, dynamic: { hosts: [host], port: only.port } } : found;
}

export function egressFields(context: CompilerContext, definition: HostDefinition): Pick<ClusterEntry, "innerAddresses" | "allowFrom"> {
    const { egress, subject } = definition;
    if (egress === undefined) return {};
    const { isGuarded, innerAddresses, allowFrom } = egress;
    const guard = isGuarded ? { innerAddresses } : {};
    if (allowFrom === undefined) return guard;
    const key = createHash("sha256").update(JSON.stringify(allowFrom)).digest("hex").slice(0, KEY_DIGITS);
    context.graph.say({
        kind: "sources",
        use: { key, terms: allowFrom, origin: originOf(subject, annotationField(ALLOW_FROM_ANNOTATION)) },
    });
    return { ...guard, allowFrom: key };
}

/** So many digits tell apart what one gateway has. */
const KEY_DIGITS = 32;

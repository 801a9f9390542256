/** Whom an annotation is for that is of hosts, and perhaps of all that a gateway serves. */
import { isRecord } from "../outline";
import type { Report } from "../report";

/** Whether an object of this kind may have it; of one that may not that is told. `ofGateway`: it may stand before a whole gateway. */
export function isPlaced(kind: string, field: string, ofGateway: boolean, report: Report): boolean {
    if (kind === "VirtualService" || (kind === "Service" && ofGateway)) return true;
    const places = ofGateway
        ? "Put it on the VirtualService of the hosts, or on the Service in front of the gateway's pods."
        : "Put it on the VirtualService of the hosts.";
    report("GH0111", field, `a ${kind} has no such annotation`, places);
    return false;
}

/** Of a VirtualService that others delegate to it is not read. */
export function hostsRule(kind: string, field: string, spec: unknown, report: Report): void {
    if (kind === "VirtualService" && isRecord(spec) && (!Array.isArray(spec.hosts) || spec.hosts.length === 0))
        report("GH0111", field, "is not read of a VirtualService without hosts", "Put it on the one that delegates to this one.");
}

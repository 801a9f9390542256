/** WorkloadEntry and WorkloadGroup: an address of some form, ports and labels. Whether it is a name or an IP address only a ServiceEntry decides. */
import { isIP } from "node:net";
import { hostFault } from "../../hosts";
import { shownText } from "../../shown";
import type { WorkloadEntry, WorkloadEntryObject, WorkloadGroupObject } from "../../types";
import { eachEntry, isSet, type Loose, type Report } from "../report";
import { checkLabels, isLabel, unixSocketFault } from "./shared";

export function workloadEntryRules({ spec }: Loose<WorkloadEntryObject>, report: Report): void {
    if (!spec) return;
    workloadRules(spec, "spec", report);
    if ((spec.address ?? "") !== "") return;
    if (isSet(spec.network)) {
        report("GH0111", "spec.address", "is missing; requests to this workload need a gateway of its network");
    } else {
        report("GH0103", "spec.address", "is missing; a workload needs an address");
    }
}

export function workloadGroupRules({ spec }: Loose<WorkloadGroupObject>, report: Report): void {
    checkLabels(spec?.metadata?.labels, "spec.metadata.labels", report);
    if (spec?.template) workloadRules(spec.template, "spec.template", report);
}

function workloadRules(entry: Loose<WorkloadEntry>, field: string, report: Report): void {
    checkLabels(entry.labels, `${field}.labels`, report);
    eachEntry(entry.ports, `${field}.ports`, (name, _number, at) => {
        // The schema's own bound is one less than that of a label.
        if (!isLabel(name) || name.length > 62) {
            report("GH0104", at, `${shownText(name)} is no port's name: up to 62 letters, digits and inner hyphens`);
        }
    });
    const address = entry.address ?? "";
    const fault = addressFault(address, isSet(entry.ports));
    if (fault) report("GH0104", `${field}.address`, `${shownText(address)} ${fault}`);
}

function addressFault(address: string, hasPorts: boolean): string | undefined {
    if (address === "" || isIP(address) !== 0) return undefined;
    if (address.startsWith("unix://")) return unixSocketFault(address) ?? (hasPorts ? "is a unix socket, which has no `ports`" : undefined);
    return hostFault(address, { ip: true, short: true });
}

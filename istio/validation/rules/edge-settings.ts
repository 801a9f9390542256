/** The annotations of what a gateway does beside routes: whom they are for, and how they read. */
import { EDGE_SETTING_NAMES, EDGE_SETTINGS, type EdgeSetting } from "../../semantics/edge-settings";
import type { Report } from "../report";
import { isRecord } from "../outline";

export function edgeSettingRules(kind: string, annotations: Readonly<Record<string, string>>, spec: unknown, report: Report): void {
    for (const name of EDGE_SETTING_NAMES) {
        const setting: EdgeSetting<unknown> = EDGE_SETTINGS[name];
        const text = annotations[setting.annotation];
        if (text !== undefined) settingRules(kind, setting, text, spec, report);
    }
}

function settingRules(kind: string, setting: EdgeSetting<unknown>, text: string, spec: unknown, report: Report): void {
    const field = `metadata.annotations["${setting.annotation}"]`;
    if (kind !== "VirtualService" && (kind !== "Service" || !setting.ofGateway)) {
        const places = setting.ofGateway
            ? "Put it on the VirtualService of the hosts, or on the Service in front of the gateway's pods."
            : "Put it on the VirtualService of the hosts.";
        report("GH0111", field, `a ${kind} has no such annotation`, places);
        return;
    }
    const read = setting.read(text);
    if ("fault" in read) report(setting.code, field, `${setting.otherwise}: ${read.fault}`, `Write JSON as in \`${setting.example}\`.`);
    else if (kind === "VirtualService" && isRecord(spec) && (!Array.isArray(spec.hosts) || spec.hosts.length === 0))
        report("GH0111", field, "is not read of a VirtualService without hosts", "Put it on the one that delegates to this one.");
}

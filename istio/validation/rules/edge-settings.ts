/** The annotations of what a gateway does beside routes: whom they are for, and how they read. */
import { EDGE_SETTING_NAMES, EDGE_SETTINGS, type EdgeSetting } from "../../semantics/edge-settings";
import type { Report } from "../report";
import { hostsRule, isPlaced } from "./annotation-place";

export function edgeSettingRules(kind: string, annotations: Readonly<Record<string, string>>, spec: unknown, report: Report): void {
    for (const name of EDGE_SETTING_NAMES) {
        const setting: EdgeSetting<unknown> = EDGE_SETTINGS[name];
        const text = annotations[setting.annotation];
        if (text !== undefined) settingRules(kind, setting, text, spec, report);
    }
}

function settingRules(kind: string, setting: EdgeSetting<unknown>, text: string, spec: unknown, report: Report): void {
    const field = `metadata.annotations["${setting.annotation}"]`;
    if (!isPlaced(kind, field, setting.ofGateway, report)) return;
    const read = setting.read(text);
    if ("fault" in read) report(setting.code, field, `${setting.otherwise}: ${read.fault}`, `Write JSON as in \`${setting.example}\`.`);
    else hostsRule(kind, field, spec, report);
}

/** WasmPlugin, TrafficExtension, EnvoyFilter and ProxyConfig. */
import { shownText } from "../../shown";
import type { EnvoyFilterObject, EnvoyFilterPatch, ProxyConfigObject, TrafficExtensionObject, WasmPluginObject } from "../../types";
import { each, type Loose, type Report } from "../report";
import { attachmentRules, targetsRules } from "./attachment";
import { checkSelector } from "./shared";

type Module = NonNullable<NonNullable<Loose<TrafficExtensionObject>["spec"]>["wasm"]>;

export function wasmPluginRules({ spec }: Loose<WasmPluginObject>, report: Report): void {
    if (spec) {
        attachmentRules(spec, report);
        moduleRules(spec, "spec", report);
    }
}

export function trafficExtensionRules({ spec }: Loose<TrafficExtensionObject>, report: Report): void {
    if (!spec) {
        return;
    }
    attachmentRules(spec, report);
    if (!spec.wasm && !spec.lua) {
        report("GH0103", "spec", "has neither `wasm` nor `lua`");
    }
    if (spec.wasm) {
        moduleRules(spec.wasm, "spec.wasm", report);
    }
}

function moduleRules(module: Module, field: string, report: Report): void {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(module.url ?? "")?.[1]?.toLowerCase();
    if (scheme !== undefined && !["http", "https", "oci", "file"].includes(scheme)) {
        report("GH0104", `${field}.url`, `got ${shownText(module.url ?? "")}, wanted http, https, oci or file`);
    }
    if (module.sha256 !== undefined && !/^$|^[a-f0-9]{64}$/.test(module.sha256)) {
        report("GH0104", `${field}.sha256`, "is no checksum: 64 hexadecimal digits in lower case");
    }
    each(module.vmConfig?.env, `${field}.vmConfig.env`, ({ value, valueFrom }, at) => {
        if (valueFrom === "HOST" && value !== undefined) {
            report("GH0105", at, "has a `value` beside `valueFrom: HOST`");
        }
    });
}

export function envoyFilterRules({ spec }: Loose<EnvoyFilterObject>, report: Report): void {
    if (!spec) {
        return;
    }
    if (spec.workloadSelector) {
        checkSelector(spec.workloadSelector.labels, "spec.workloadSelector.labels", "it is for every pod of the namespace", report);
    }
    targetsRules(spec.targetRefs, report);
    each(spec.configPatches, "spec.configPatches", (patch, field) => patchRules(patch, field, report));
}

function patchRules({ applyTo, patch }: Loose<EnvoyFilterPatch>, field: string, report: Report): void {
    if (applyTo === undefined || applyTo === "INVALID") {
        report("GH0103", `${field}.applyTo`, "is missing");
    }
    if (!patch) {
        report("GH0103", `${field}.patch`, "is missing");
    } else if (patch.operation === undefined || patch.operation === "INVALID") {
        report("GH0103", `${field}.patch.operation`, "is missing");
    } else if (patch.operation !== "REMOVE" && patch.value === undefined) {
        report("GH0103", `${field}.patch.value`, `is missing: ${patch.operation} needs one`);
    }
}

export function proxyConfigRules({ spec }: Loose<ProxyConfigObject>, report: Report): void {
    if (spec?.selector) {
        checkSelector(spec.selector.matchLabels, "spec.selector.matchLabels", "it is for every pod of the namespace", report);
    }
}

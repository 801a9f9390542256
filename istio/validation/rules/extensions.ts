/** WasmPlugin, TrafficExtension, EnvoyFilter and ProxyConfig. */
import { shownText } from "../../shown";
import type {
    EnvoyFilterObject,
    EnvoyFilterPatch,
    ProxyConfigObject,
    TrafficExtensionObject,
    WasmPlugin,
    WasmPluginObject,
} from "../../types";
import { isRecord } from "../outline";
import { each, type Loose, type Report } from "../report";
import { attachmentRules, targetNames } from "./attachment";
import { goScheme } from "./go-url";
import { compileFault } from "./regex";
import { checkSelector } from "./shared";

type Module = NonNullable<NonNullable<Loose<TrafficExtensionObject>["spec"]>["wasm"]>;

export function wasmPluginRules({ spec }: Loose<WasmPluginObject>, report: Report): void {
    if (spec) {
        attachmentRules(spec, report);
        trafficRules(spec.match, report);
        moduleRules(spec, "spec", report);
    }
}

export function trafficExtensionRules({ spec }: Loose<TrafficExtensionObject>, report: Report): void {
    if (!spec) {
        return;
    }
    attachmentRules(spec, report);
    trafficRules(spec.match, report);
    if (!spec.wasm && !spec.lua) {
        report("GH0103", "spec", "has neither `wasm` nor `lua`");
    }
    if (spec.wasm) {
        moduleRules(spec.wasm, "spec.wasm", report);
    }
}

/** The schema takes the ports of a match for a set. */
function trafficRules(match: Loose<WasmPlugin>["match"], report: Report): void {
    each(match, "spec.match", ({ ports }, field) => {
        const numbers = new Set<number>();
        each(ports, `${field}.ports`, ({ number }, at) => {
            if (number !== undefined && numbers.has(number)) {
                report("GH0106", `${at}.number`, `the port ${number} is there already`);
            }
            numbers.add(number ?? 0);
        });
    });
}

function moduleRules(module: Module, field: string, report: Report): void {
    const { url } = module;
    // What is no URL by itself is one behind `http://`: the name of an image.
    const scheme = url ? (goScheme(url, true) ?? goScheme(`http://${url}`, true)) : "";
    if (scheme === undefined || !["", "http", "https", "oci", "file"].includes(scheme)) {
        report("GH0104", `${field}.url`, `got ${shownText(url ?? "")}, wanted a URL of http, https, oci or file, or the name of an image`);
    }
    if (module.sha256 !== undefined && !/^$|^[a-f0-9]{64}$/.test(module.sha256)) {
        report("GH0104", `${field}.sha256`, "is no checksum: 64 hexadecimal digits in lower case");
    }
    const names = new Set<string>();
    each(module.vmConfig?.env, `${field}.vmConfig.env`, ({ name, value, valueFrom }, at) => {
        if (name !== undefined && names.has(name)) {
            report("GH0106", `${at}.name`, `${shownText(name)} is there already`);
        }
        names.add(name ?? "");
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
    each(spec.targetRefs, "spec.targetRefs", (target, field) => targetNames(target, field, report));
    each(spec.configPatches, "spec.configPatches", (patch, field) => patchRules(patch, field, report));
}

const LISTENERS: readonly string[] = ["LISTENER", "FILTER_CHAIN", "NETWORK_FILTER", "HTTP_FILTER"];
const ROUTES: readonly string[] = ["ROUTE_CONFIGURATION", "VIRTUAL_HOST", "HTTP_ROUTE"];
const CONNECTION_MANAGERS: readonly string[] = ["envoy.filters.network.http_connection_manager", "envoy.http_connection_manager"];
const OBJECTS = ["listener", "routeConfiguration", "cluster", "waypoint"] as const;

/** What a patch applies to and what it matches are of one class. */
function matchRules(applyTo: string, match: Readonly<Record<string, unknown>>, field: string, report: Report): void {
    const version = textAt(match.proxy, "proxyVersion");
    const fault = version === undefined ? undefined : compileFault(version);
    if (fault !== undefined) {
        report("GH0104", `${field}.proxy.proxyVersion`, fault);
    }
    if ((match.context === "WAYPOINT") !== (match.waypoint !== undefined)) {
        report("GH0105", field, "has `waypoint` without `context: WAYPOINT`, or the other way round");
    }
    const wanted = LISTENERS.includes(applyTo)
        ? "listener"
        : ROUTES.includes(applyTo)
          ? "routeConfiguration"
          : applyTo === "CLUSTER"
            ? "cluster"
            : undefined;
    const given = OBJECTS.find((name) => match[name] !== undefined);
    if (wanted !== undefined && given !== undefined && given !== "waypoint" && given !== wanted) {
        report("GH0105", field, `has \`${given}\`, where ${applyTo} matches by \`${wanted}\``);
        return;
    }
    const chain = isRecord(match.listener) && LISTENERS.includes(applyTo) ? match.listener.filterChain : undefined;
    const filter = isRecord(chain) ? chain.filter : undefined;
    if (!isRecord(filter)) {
        return;
    }
    const at = `${field}.listener.filterChain.filter`;
    if (!filter.name) {
        report("GH0103", `${at}.name`, "is missing");
    } else if (isRecord(filter.subFilter)) {
        if (applyTo !== "HTTP_FILTER" || !CONNECTION_MANAGERS.includes(String(filter.name))) {
            report("GH0105", `${at}.subFilter`, `goes with HTTP_FILTER and a filter named ${CONNECTION_MANAGERS[0]} only`);
        } else if (!filter.subFilter.name) {
            report("GH0103", `${at}.subFilter.name`, "is missing");
        }
    }
}

function textAt(value: unknown, key: string): string | undefined {
    const found = isRecord(value) ? value[key] : undefined;
    return typeof found === "string" && found !== "" ? found : undefined;
}

function patchRules({ applyTo, match, patch }: Loose<EnvoyFilterPatch>, field: string, report: Report): void {
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
    if (match && applyTo !== undefined) {
        matchRules(applyTo, match, `${field}.match`, report);
    }
}

export function proxyConfigRules({ spec }: Loose<ProxyConfigObject>, report: Report): void {
    if (spec?.selector) {
        checkSelector(spec.selector.matchLabels, "spec.selector.matchLabels", "it is for every pod of the namespace", report);
    }
}

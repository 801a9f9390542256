/** Sidecar: the components render it for a mesh, so that its limits are held here. */
import { isIP } from "node:net";
import { parseProtocol } from "../../ports";
import { shownText } from "../../shown";
import type { ServerTLSSettings, SidecarObject } from "../../types";
import { isRecord } from "../outline";
import { each, isSet, type Loose, type Report } from "../report";
import { serverTlsRules } from "./server-tls";
import { checkDestination, checkHost, checkSelector, isLabel, unixSocketFault } from "./shared";

type Spec = NonNullable<Loose<SidecarObject>["spec"]>;
type Listener = NonNullable<NonNullable<Spec["egress"]>[number]>;

export function sidecarRules(object: Loose<SidecarObject>, report: Report): void {
    const spec = object.spec;
    if (!spec) {
        return;
    }
    const { egress, ingress, outboundTrafficPolicy: policy } = spec;
    if (!isSet(egress) && !isSet(ingress) && !policy && !spec.inboundConnectionPool) {
        report("GH0103", "spec", "is empty", "Set `egress`, `ingress` or `outboundTrafficPolicy`.");
    }
    if (spec.workloadSelector) {
        checkSelector(spec.workloadSelector.labels, "spec.workloadSelector.labels", "it is for every pod of the namespace", report);
    }
    listenersRules((egress ?? []).map((listener) => listener ?? {}), "spec.egress", report);
    each(egress, "spec.egress", (listener, field, index) => egressRules(listener, index === (egress?.length ?? 0) - 1, field, report));
    const listeners = (ingress ?? []).map((listener) => (isRecord(listener) ? listener : {}));
    listenersRules(listeners, "spec.ingress", report);
    listeners.forEach((listener, index) => ingressRules(listener, `spec.ingress[${index}]`, report));
    if (policy?.egressProxy) {
        const field = "spec.outboundTrafficPolicy";
        if (policy.mode !== "ALLOW_ANY") {
            report("GH0105", `${field}.egressProxy`, "goes with `mode: ALLOW_ANY` only");
        }
        checkDestination(policy.egressProxy, `${field}.egressProxy`, report);
        if (!policy.egressProxy.port) {
            report("GH0103", `${field}.egressProxy.port`, "is missing; the egress proxy needs a port");
        }
    }
}

function egressRules(listener: Listener, last: boolean, field: string, report: Report): void {
    if (listener.hosts?.length === 0) {
        report("GH0103", `${field}.hosts`, "is empty; a listener needs at least one host", "Write `hosts: [\"*/*\"]` for every host.");
    }
    each(listener.hosts, `${field}.hosts`, (host, at) => {
        const slash = host.indexOf("/");
        const namespace = host.slice(0, slash);
        if (slash < 1 || slash === host.length - 1) {
            report("GH0104", at, `got ${shownText(host)}, wanted \`namespace/host\``, slash < 0 ? `Write \`*/${isLabel(host) ? `${host}.…` : host}\`.` : "");
            return;
        }
        if (!["*", ".", "~"].includes(namespace) && !isLabel(namespace)) {
            report("GH0104", at, `the namespace of ${shownText(host)} is neither a name nor \`*\`, \`.\` or \`~\``);
        }
        checkHost(host.slice(slash + 1), at, { wildcard: true, any: true }, report);
    });
    if (!listener.port && !last) {
        report("GH0105", field, "has no port, which only the last listener may leave out", "Put it last.");
    }
}

function ingressRules(listener: Readonly<Record<string, unknown>>, field: string, report: Report): void {
    const endpoint = listener.defaultEndpoint;
    if (typeof endpoint === "string" && endpoint !== "" && !isLocalEndpoint(endpoint)) {
        report("GH0104", `${field}.defaultEndpoint`, `got ${shownText(endpoint)}, wanted \`127.0.0.1:PORT\`, \`0.0.0.0:PORT\` or \`unix://PATH\``);
    }
    if (isRecord(listener.tls)) {
        serverTlsRules(listener.tls as Loose<ServerTLSSettings>, `${field}.tls`, report);
    }
}

function isLocalEndpoint(text: string): boolean {
    const [, port] = /^(?:127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):(\d{1,5})$/.exec(text) ?? [];
    return port !== undefined ? Number(port) >= 1 && Number(port) <= 65535 : text.startsWith("unix://") && unixSocketFault(text) === undefined;
}

/** What holds of listeners in both directions: ports, binds, and that no two share a port. */
function listenersRules(listeners: readonly Readonly<Record<string, unknown>>[], path: string, report: Report): void {
    const taken = new Set<string>();
    listeners.forEach((listener, index) => {
        const field = `${path}[${index}]`;
        const bind = typeof listener.bind === "string" ? listener.bind : "";
        const unix = bind.startsWith("unix://");
        if (bind !== "" && (unix ? unixSocketFault(bind) !== undefined : isIP(bind) === 0)) {
            report("GH0104", `${field}.bind`, `got ${shownText(bind)}, wanted an IP address or \`unix://\` and a path`);
        }
        if (!isRecord(listener.port)) {
            return;
        }
        const { number, protocol } = listener.port;
        if (typeof protocol === "string" && protocol !== "" && !parseProtocol(protocol)) {
            report("GH0104", `${field}.port.protocol`, `got ${shownText(protocol)}, wanted HTTP, HTTPS, HTTP2, GRPC, TLS, TCP, …`);
        }
        if (!unix && (number === undefined || number === 0)) {
            report("GH0104", `${field}.port.number`, "is 0 or missing; wanted 1 to 65535");
        }
        const key = `${bind} ${String(number)}`;
        if (!unix && taken.has(key)) {
            report("GH0106", `${field}.port.number`, "is the port of another listener");
        }
        taken.add(key);
    });
}

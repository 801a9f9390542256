/** Sidecar: the components render it for a mesh, so that its limits are held here. */
import { isIP } from "node:net";
import { isDigits } from "../../hosts";
import { isWildcard } from "../../semantics";
import { isTlsFamily, parseProtocol } from "../../ports";
import { shownText } from "../../shown";
import type { ServerTLSSettings, SidecarObject } from "../../types";
import { isRecord } from "../outline";
import { each, isSet, type Loose as LooseOf, type Report } from "../report";
import { poolRules } from "./destination-rule";
import { serverTlsRules } from "./server-tls";
import { checkDestination, checkHost, checkSelector, isLabel, unixSocketFault } from "./shared";

type Spec = NonNullable<LooseOf<SidecarObject>["spec"]>;
type Listener = NonNullable<NonNullable<Spec["egress"]>[number]>;
type Loose = Readonly<Record<string, unknown>>;

export function sidecarRules(object: LooseOf<SidecarObject>, report: Report): void {
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
    uniqueRules(
        (egress ?? []).map((listener) => listener ?? {}),
        "spec.egress",
        report,
    );
    each(egress, "spec.egress", (listener, field, index) => egressRules(listener, index === (egress?.length ?? 0) - 1, field, report));
    const listeners = (ingress ?? []).map((listener) => (isRecord(listener) ? listener : {}));
    uniqueRules(listeners, "spec.ingress", report);
    listeners.forEach((listener, index) => ingressRules(listener, `spec.ingress[${index}]`, report));
    if (isRecord(spec.inboundConnectionPool)) {
        poolRules(spec.inboundConnectionPool, "spec.inboundConnectionPool", report);
    }
    if (policy?.egressProxy) {
        const field = "spec.outboundTrafficPolicy";
        if (policy.mode !== "ALLOW_ANY") {
            report("GH0105", `${field}.egressProxy`, "goes with `mode: ALLOW_ANY` only");
        }
        checkDestination(policy.egressProxy, `${field}.egressProxy`, report);
        if (policy.egressProxy.host !== undefined && (isWildcard(policy.egressProxy.host) || isDigits(policy.egressProxy.host))) {
            report(
                "GH0104",
                `${field}.egressProxy.host`,
                `the host ${shownText(policy.egressProxy.host)} is no name of one host: it has a wildcard, or digits alone`,
            );
        }
        if (!policy.egressProxy.port) {
            report("GH0103", `${field}.egressProxy.port`, "is missing; the egress proxy needs a port");
        }
    }
}

function egressRules(listener: Listener, last: boolean, field: string, report: Report): void {
    if (listener.hosts?.length === 0) {
        report("GH0103", `${field}.hosts`, "is empty; a listener needs at least one host", 'Write `hosts: ["*/*"]` for every host.');
    }
    each(listener.hosts, `${field}.hosts`, (host, at) => {
        const slash = host.indexOf("/");
        const namespace = host.slice(0, slash);
        if (slash < 1 || slash === host.length - 1) {
            report(
                "GH0104",
                at,
                `got ${shownText(host)}, wanted \`namespace/host\``,
                slash < 0 ? `Write \`*/${isLabel(host) ? `${host}.…` : host}\`.` : "",
            );
            return;
        }
        if (!["*", ".", "~"].includes(namespace) && !isLabel(namespace)) {
            report("GH0104", at, `the namespace of ${shownText(host)} is neither a name nor \`*\`, \`.\` or \`~\``);
        }
        const name = host.slice(slash + 1);
        if (name !== "*.") {
            checkHost(name, at, { wildcard: true, any: true }, report);
        }
    });
    if (isRecord(listener.port)) {
        portRules(listener.port, textOf(listener.bind), true, field, report);
        const isSocket = textOf(listener.bind).startsWith("unix://");
        if (isSocket && "captureMode" in listener && listener.captureMode === "IPTABLES") {
            report("GH0105", `${field}.captureMode`, "a unix socket is not captured", "Leave it out, or write NONE.");
        }
    }
    if (!listener.port && !last) {
        report("GH0105", field, "has no port, which only the last listener may leave out", "Put it last.");
    }
}

function ingressRules(listener: Loose, field: string, report: Report): void {
    const endpoint = listener.defaultEndpoint;
    if (typeof endpoint === "string" && endpoint !== "" && !isLocalEndpoint(endpoint)) {
        report(
            "GH0104",
            `${field}.defaultEndpoint`,
            `got ${shownText(endpoint)}, wanted \`127.0.0.1:PORT\`, \`0.0.0.0:PORT\` or \`unix://PATH\``,
        );
    }
    if (isRecord(listener.port)) {
        portRules(listener.port, textOf(listener.bind), false, field, report);
    }
    if (isRecord(listener.tls)) {
        tlsRules(listener.tls, isRecord(listener.port) ? textOf(listener.port.protocol) : "", `${field}.tls`, report);
    }
    if (isRecord(listener.connectionPool)) {
        poolRules(listener.connectionPool, `${field}.connectionPool`, report);
    }
}

/** Fields of a server's TLS that a sidecar does not have. */
const NOT_IN_SIDECARS = ["credentialName", "credentialNames", "tlsCertificates", "subjectAltNames", "httpsRedirect"] as const;

function tlsRules(tls: Loose, protocol: string, field: string, report: Report): void {
    const parsed = parseProtocol(protocol);
    if (!parsed || !isTlsFamily(parsed)) {
        report(
            "GH0105",
            field,
            `a listener of protocol ${shownText(protocol)} takes no \`tls\``,
            "Write the protocol HTTPS or TLS, or leave `tls` out.",
        );
    }
    for (const name of NOT_IN_SIDECARS) {
        if (isSet(tls[name]) && tls[name] !== false) {
            report(
                "GH0105",
                `${field}.${name}`,
                "is not there for a sidecar's listener",
                "Name files: `serverCertificate`, `privateKey`, `caCertificates`.",
            );
        }
    }
    if (tls.mode === "ISTIO_MUTUAL" || tls.mode === "AUTO_PASSTHROUGH") {
        report("GH0104", `${field}.mode`, `got ${shownText(tls.mode)}, wanted SIMPLE, MUTUAL or OPTIONAL_MUTUAL`);
    }
    serverTlsRules(tls as LooseOf<ServerTLSSettings>, field, report);
}

const LOCAL_ENDPOINT = /^(?:127\.0\.0\.1|0\.0\.0\.0|\[::1?\])?:(\d{1,5})$/;

function isLocalEndpoint(text: string): boolean {
    const [, port] = LOCAL_ENDPOINT.exec(text) ?? [];
    return port !== undefined
        ? Number(port) >= 1 && Number(port) <= 65535
        : text.startsWith("unix://") && unixSocketFault(text) === undefined;
}

/** `sockets`: the listener may be a unix socket, which has port 0. */
function portRules(port: Loose, bind: string, sockets: boolean, field: string, report: Report): void {
    const { name, number, protocol, targetPort } = port;
    if (typeof name === "string" && name !== "" && !isLabel(name)) {
        report("GH0104", `${field}.port.name`, `${shownText(name)} is no label: letters, digits and inner hyphens`);
    }
    if (isSet(targetPort) && targetPort !== 0) {
        report("GH0104", `${field}.port.targetPort`, "has no meaning in a Sidecar", "Leave it out.");
    }
    if (typeof protocol === "string" && protocol !== "" && !parseProtocol(protocol)) {
        report("GH0104", `${field}.port.protocol`, `got ${shownText(protocol)}, wanted HTTP, HTTPS, HTTP2, GRPC, TLS, TCP, …`);
    }
    const isSocket = sockets && (number === undefined || number === 0) && bind.startsWith("unix://");
    if (!isSocket && (number === undefined || number === 0)) {
        report(
            "GH0104",
            `${field}.port.number`,
            sockets ? "is 0 or missing; wanted 1 to 65535, or `bind` with a unix socket" : "is 0 or missing; wanted 1 to 65535",
        );
    }
    if (bind !== "" && (isSocket ? unixSocketFault(bind) !== undefined : isIP(bind) === 0)) {
        report(
            "GH0104",
            `${field}.bind`,
            `got ${shownText(bind)}, wanted ${isSocket ? "`unix://` and a path" : sockets ? "an IP address, or `unix://` and a path with port 0" : "an IP address"}`,
        );
    }
}

/** No two listeners share a port, whatever address they are bound to, or a socket. */
function uniqueRules(listeners: readonly Loose[], path: string, report: Report): void {
    const taken = new Set<string>();
    listeners.forEach(({ port, bind }, index) => {
        if (!isRecord(port)) {
            return;
        }
        const isSocket = port.number === undefined || port.number === 0;
        const key = isSocket ? textOf(bind) : String(port.number);
        if (taken.has(key)) {
            report(
                "GH0106",
                isSocket ? `${path}[${index}].bind` : `${path}[${index}].port.number`,
                `is ${isSocket ? "the socket" : "the port"} of another listener`,
            );
        }
        taken.add(key);
    });
}

function textOf(value: unknown): string {
    return typeof value === "string" ? value : "";
}

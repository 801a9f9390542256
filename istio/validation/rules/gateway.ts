/** Gateway: what Istio's admission refuses, and what it lets through and then does not do. */
import { isIP } from "node:net";
import { parseServerHost } from "../../semantics";
import { GATEWAY_PROTOCOLS, isHttpFamily, isTlsFamily, parseProtocol, type Protocol } from "../../ports";
import { shownText } from "../../shown";
import type { GatewayObject, GatewayPort, Server } from "../../types";
import { each, isSet, type Loose, type Report } from "../report";
import { serverTlsRules } from "./server-tls";
import { checkHost, checkLetters, isLabel, unixSocketFault } from "./shared";

export function gatewayRules(object: Loose<GatewayObject>, report: Report): void {
    const name = object.metadata?.name ?? "";
    if (name !== "" && (!isLabel(name) || name !== name.toLowerCase())) {
        report("GH0104", "metadata.name", `got ${shownText(name)}, wanted a label: lower-case letters, digits and inner hyphens, no dots`);
    }
    const servers = object.spec?.servers;
    if (servers?.length === 0) {
        report("GH0103", "spec.servers", "is empty; a Gateway needs at least one server");
    }
    const portNames = new Map<string, string>();
    const serverNames = new Set<string>();
    each(servers, "spec.servers", (server, field) => {
        const portName = server.port?.name ?? "";
        const taken = portNames.get(portName);
        if (taken !== undefined && portName !== "") {
            report(
                "GH0106",
                `${field}.port.name`,
                `the port name ${shownText(portName)} is already that of ${taken}`,
                "Port names are unique in a Gateway; numbers may repeat.",
            );
        }
        portNames.set(portName, taken ?? field);
        if (isSet(server.name)) {
            if (serverNames.has(server.name ?? "")) {
                report(
                    "GH0111",
                    `${field}.name`,
                    `the server name ${shownText(server.name ?? "")} is there twice; names are for telling servers apart`,
                );
            }
            serverNames.add(server.name ?? "");
        }
        serverRules(server, field, report);
    });
}

function serverRules(server: Loose<Server>, field: string, report: Report): void {
    const protocol = portRules(server.port, server.bind, `${field}.port`, report);
    bindRules(server.bind, `${field}.bind`, report);
    if (isSet(server.defaultEndpoint)) {
        report("GH0111", `${field}.defaultEndpoint`, "has no effect: Istio does not implement it", "Leave it out.");
    }
    if (server.hosts?.length === 0) {
        report("GH0103", `${field}.hosts`, "is empty; a server needs at least one host", 'Write `hosts: ["*"]` for every host.');
    }
    each(server.hosts, `${field}.hosts`, (host, at) => hostRules(host, at, report));
    if (protocol) {
        tlsOfProtocol(server, protocol, `${field}.tls`, report);
    }
    if (server.tls) {
        serverTlsRules(server.tls, `${field}.tls`, report);
    }
}

function portRules(port: Loose<GatewayPort> | undefined, bind: string | undefined, field: string, report: Report): Protocol | undefined {
    if (!port) {
        return undefined;
    }
    const unix = bind?.startsWith("unix://") ?? false;
    if (port.number !== undefined && unix !== (port.number === 0)) {
        report(
            "GH0104",
            `${field}.number`,
            unix ? `got \`${port.number}\`, wanted 0: the server listens on a unix socket` : "got `0`, wanted 1 to 65535",
        );
    }
    if (port.name === "") {
        report("GH0103", `${field}.name`, "is empty; a port needs a name");
    }
    if (isSet(port.targetPort) && port.targetPort !== 0) {
        report(
            "GH0104",
            `${field}.targetPort`,
            "has no meaning in a Gateway",
            "Leave it out; the Service of the gateway says which port its pods listen on.",
        );
    }
    const protocol = port.protocol === undefined ? undefined : parseProtocol(port.protocol);
    if (protocol === "UDP") {
        report("GH0110", `${field}.protocol`, "UDP is not served: a gateway reads no datagrams");
        return protocol;
    }
    if (port.protocol !== undefined && !protocol) {
        report("GH0104", `${field}.protocol`, `got ${shownText(port.protocol)}, wanted one of ${GATEWAY_PROTOCOLS.join(", ")}`);
        return undefined;
    }
    return protocol;
}

function bindRules(bind: string | undefined, field: string, report: Report): void {
    if (bind === undefined || bind === "") {
        return;
    }
    if (bind.startsWith("unix://")) {
        const fault = unixSocketFault(bind);
        if (fault) {
            report("GH0104", field, `${shownText(bind)} ${fault}`);
        }
    } else if (isIP(bind) === 0) {
        report("GH0104", field, `got ${shownText(bind)}, wanted an IP address or \`unix://\` and a path`);
    }
}

/** An IPv4 address within IPv6, which is an IPv4 address to Istio. */
const MAPPED = /^::ffff:\d{1,3}(?:\.\d{1,3}){3}$/i;

function hostRules(text: string, field: string, report: Report): void {
    const { namespace, host } = parseServerHost(text);
    if (text.includes("/") && (namespace === "" || host === "")) {
        report("GH0104", field, `got ${shownText(text)}, wanted \`namespace/host\` or \`host\``);
        return;
    }
    if (namespace !== "*" && namespace !== "." && !isLabel(namespace)) {
        report("GH0104", field, `the namespace of ${shownText(text)} is neither a name nor \`.\` nor \`*\``);
    }
    if (MAPPED.test(host)) {
        report("GH0111", field, `the host ${shownText(host)} is an IPv6 address, which no client sends like that`, "Write `*`.");
        return;
    }
    if (isIP(host) === 6) {
        report("GH0104", field, `the host ${shownText(host)} is an IPv6 address, which Istio refuses here`, "Write `*`.");
        return;
    }
    if (host === "*.") {
        report("GH0111", field, `the host ${shownText(host)} covers no name`, "Write `*`.");
        return;
    }
    if (checkHost(host, field, { wildcard: true, any: true, ip: true }, report)) {
        checkLetters(host, field, report);
    }
}

/** HTTPS and TLS need settings, plain HTTP takes the redirect only, anything else takes none. */
function tlsOfProtocol(server: Loose<Server>, protocol: Protocol, field: string, report: Report): void {
    const { tls } = server;
    if (isTlsFamily(protocol)) {
        if (!tls) {
            report(
                "GH0103",
                field,
                `\`tls\` is missing; a server of protocol ${protocol} needs it`,
                "Add `tls` with a `mode`, and for SIMPLE a `credentialName`.",
            );
        } else if (tls.httpsRedirect) {
            report("GH0111", `${field}.httpsRedirect`, "has no effect on a server that speaks TLS", "Put it on the plain HTTP server.");
        }
        return;
    }
    if (!tls) {
        return;
    }
    if (!isHttpFamily(protocol)) {
        const { httpsRedirect, ...others } = tls;
        report(
            "GH0105",
            field,
            `a server of protocol ${protocol} takes no \`tls\`${httpsRedirect && !isSet(others) ? "; only plain HTTP can be redirected" : ""}`,
            "Leave `tls` out, or write the protocol TLS or HTTPS.",
        );
        return;
    }
    const { httpsRedirect: _, mode, ...others } = tls;
    const fix = "Write the protocol HTTPS, or leave the rest of `tls` out.";
    const terminates = mode !== undefined && mode !== "PASSTHROUGH" && mode !== "AUTO_PASSTHROUGH";
    if (terminates || [tls.serverCertificate, tls.privateKey, tls.caCertificates].some(isSet)) {
        report("GH0105", field, `a server of protocol ${protocol} speaks no TLS and takes nothing but \`httpsRedirect\``, fix);
    } else if (Object.values(others).some(isSet)) {
        report("GH0111", field, `has no effect: a server of protocol ${protocol} speaks no TLS, so that requests come in clear`, fix);
    }
}

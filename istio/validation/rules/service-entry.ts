/** ServiceEntry: hosts, ports, and what each resolution wants of endpoints and addresses. */
import { isAddress } from "../../ip-blocks";
import { isIP } from "node:net";
import { hostFault, isDigits } from "../../hosts";
import { isWildcard } from "../../semantics";
import { isHttpFamily, isTlsFamily, parseProtocol } from "../../ports";
import { shownText } from "../../shown";
import type { Resolution, ServiceEntry, ServiceEntryObject, WorkloadEntry } from "../../types";
import { each, eachEntry, isSet, type Loose, type Report } from "../report";
import { checkExportTo, checkHost, checkLabels, checkSelector, isLabel, unixSocketFault } from "./shared";

type Entry = Loose<ServiceEntry>;

export function serviceEntryRules(object: Loose<ServiceEntryObject>, report: Report): void {
    const spec = object.spec;
    if (!spec) {
        return;
    }
    const resolution = spec.resolution ?? "NONE";
    each(spec.hosts, "spec.hosts", (host, field) => hostRules(host, field, report));
    portRules(spec, report);
    resolutionRules(spec, resolution, report);
    addressRules(spec, resolution, report);
    each(spec.endpoints, "spec.endpoints", (endpoint, field) => endpointRules(endpoint, spec, resolution, field, report));
    if (spec.workloadSelector) {
        checkSelector(spec.workloadSelector.labels, "spec.workloadSelector.labels", "every pod of the namespace is an endpoint", report);
        if (spec.endpoints !== undefined) {
            report("GH0105", "spec", "has `endpoints` and `workloadSelector`, which both say where the service is", "Keep one.");
        }
    }
    checkExportTo(spec.exportTo, object.metadata?.namespace ?? "default", true, report);
}

function hostRules(host: string, field: string, report: Report): void {
    if (host === "*") {
        report("GH0104", field, "`*` would be every host there is", "Name a domain, as in `*.example.com`.");
    } else if (
        checkHost(host, field, { wildcard: true, short: true, partial: true }, report) &&
        isWildcard(host) &&
        !host.startsWith("*.")
    ) {
        report("GH0111", field, `${shownText(host)} is a wildcard within a label, which only some proxies match`, "Write `*.example.com`.");
    }
}

function portRules(spec: Entry, report: Report): void {
    const names = new Set<string>();
    const numbers = new Set<number>();
    each(spec.ports, "spec.ports", (port, field) => {
        if (port.name !== undefined) {
            if (!isLabel(port.name)) {
                report(
                    "GH0104",
                    `${field}.name`,
                    port.name === ""
                        ? "is empty; a port needs a name"
                        : `${shownText(port.name)} is no label: letters, digits and inner hyphens`,
                );
            } else if (names.has(port.name)) {
                report("GH0106", `${field}.name`, `the port name ${shownText(port.name)} is there twice`);
            }
            names.add(port.name);
        }
        if (port.number !== undefined) {
            if (numbers.has(port.number)) {
                report("GH0106", `${field}.number`, `the port ${port.number} is there twice`);
            }
            numbers.add(port.number);
        }
        if (isSet(port.protocol) && !parseProtocol(port.protocol ?? "")) {
            report(
                "GH0104",
                `${field}.protocol`,
                `got ${shownText(port.protocol ?? "")}, wanted HTTP, HTTPS, HTTP2, GRPC, GRPC-WEB, TLS, TCP, UDP, MONGO, REDIS or MYSQL`,
            );
        }
    });
}

function resolutionRules(spec: Entry, resolution: Resolution, report: Report): void {
    const endpoints = spec.endpoints?.length ?? 0;
    switch (resolution) {
        case "NONE":
            if (spec.endpoints !== undefined) {
                report(
                    "GH0105",
                    "spec.endpoints",
                    "are given, but `resolution` is NONE, which takes the address the client wanted",
                    "Write `resolution: STATIC`, or DNS where an address is a name.",
                );
            }
            return;
        case "STATIC":
            if (endpoints === 0 && !spec.workloadSelector) {
                report("GH0111", "spec", "is STATIC and has no endpoints: every request fails", "Add `endpoints`.");
            }
            return;
        case "DNS":
        case "DNS_ROUND_ROBIN":
            if (endpoints === 0) {
                each(spec.hosts, "spec.hosts", (host, field) => {
                    if (isWildcard(host) ? host !== "*" : isDigits(host)) {
                        report("GH0105", field, `${shownText(host)} cannot be looked up in DNS`, "Name the host, or add `endpoints`.");
                    }
                });
            }
            if (resolution === "DNS_ROUND_ROBIN" && endpoints > 1) {
                report("GH0105", "spec.endpoints", `has ${endpoints}, but DNS_ROUND_ROBIN takes one at most`, "Write `resolution: DNS`.");
            }
            return;
        case "DYNAMIC_DNS":
            dynamicRules(spec, report);
            return;
        default:
            return resolution satisfies never;
    }
}

function dynamicRules(spec: Entry, report: Report): void {
    each(spec.hosts, "spec.hosts", (host, field) => {
        if (!isWildcard(host)) {
            report("GH0105", field, `${shownText(host)} is exact, but DYNAMIC_DNS is for wildcards`, "Write `resolution: DNS`.");
        }
    });
    for (const field of ["endpoints", "addresses"] as const) {
        if (isSet(spec[field])) {
            report("GH0105", `spec.${field}`, "do not go with DYNAMIC_DNS", "Leave them out.");
        }
    }
    each(spec.ports, "spec.ports", (port, field) => {
        const protocol = parseProtocol(port.protocol ?? "");
        if (!protocol || !["HTTP", "TLS", "GRPC", "HTTP2"].includes(protocol)) {
            report("GH0105", `${field}.protocol`, "DYNAMIC_DNS is for HTTP, HTTP2, GRPC and TLS");
        }
    });
}

function addressRules(spec: Entry, resolution: Resolution, report: Report): void {
    each(spec.addresses, "spec.addresses", (address, field) => {
        if (!isAddress(address)) {
            report("GH0104", field, `got ${shownText(address)}, wanted an IP address or a CIDR block`);
        } else if (address.includes("/") && resolution !== "NONE" && resolution !== "STATIC") {
            report("GH0105", field, `is a block of addresses, which goes with NONE and STATIC, not with ${resolution}`);
        }
    });
    const plain = (spec.ports ?? []).some((port) => {
        const protocol = parseProtocol(port?.protocol ?? "") ?? "TCP";
        return !isHttpFamily(protocol) && !isTlsFamily(protocol);
    });
    if (!plain || (spec.hosts?.length ?? 0) < 2) {
        return;
    }
    if (resolution !== "NONE") {
        report(
            "GH0105",
            "spec.hosts",
            "has several hosts and a port that is neither HTTP nor TLS, on which nothing tells them apart",
            "Write a ServiceEntry for each host.",
        );
    }
}

function endpointRules(endpoint: Loose<WorkloadEntry>, spec: Entry, resolution: Resolution, field: string, report: Report): void {
    checkLabels(endpoint.labels, `${field}.labels`, report);
    eachEntry(endpoint.ports, `${field}.ports`, (name, _number, at) => {
        // The schema's own bound is one less than that of a label.
        if (name.length > 62) {
            report("GH0104", at, `the port's name has ${name.length} characters, more than the 62 allowed`);
        }
        if (!(spec.ports ?? []).some((port) => port?.name === name)) {
            report("GH0105", at, `there is no port of the name ${shownText(name)} in \`ports\``);
        }
    });
    const address = endpoint.address ?? "";
    if (address === "") {
        if (isSet(endpoint.network) && resolution !== "DNS" && resolution !== "DNS_ROUND_ROBIN") {
            report("GH0111", `${field}.address`, "is missing; requests to this endpoint need a gateway of its network");
        } else {
            report("GH0103", `${field}.address`, "is missing; an endpoint needs an address");
        }
        return;
    }
    if (resolution === "NONE" || resolution === "DYNAMIC_DNS") {
        return;
    }
    if (address.startsWith("unix://") && resolution === "STATIC") {
        const fault =
            unixSocketFault(address) ??
            (isSet(endpoint.ports) ? "is a unix socket, which has no `ports`" : undefined) ??
            (spec.ports?.length === 1
                ? undefined
                : `is a unix socket, which serves one port, and \`ports\` has ${spec.ports?.length ?? 0}`);
        if (fault) {
            report("GH0104", `${field}.address`, `${shownText(address)} ${fault}`);
        }
        return;
    }
    if (resolution === "STATIC" && isIP(address) === 0) {
        report(
            "GH0104",
            `${field}.address`,
            `got ${shownText(address)}, wanted an IP address: \`resolution\` is STATIC`,
            "Write `resolution: DNS` for a name.",
        );
    }
    const fault = resolution === "STATIC" ? undefined : hostFault(address, { ip: true, short: true });
    if (fault) {
        report("GH0104", `${field}.address`, `the address ${shownText(address)} ${fault}`);
    }
}

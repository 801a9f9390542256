/** Kubernetes kinds: what would make us serve something else than the API server accepted. */
import { isAddress } from "../../ip-blocks";
import { isIP } from "node:net";
import { shownText } from "../../shown";
import type {
    EndpointsObject,
    EndpointSliceObject,
    IngressBackend,
    IngressClassObject,
    IngressObject,
    IngressPath,
    SecretObject,
    ServiceObject,
} from "../../types";
import { each, eachEntry, isSet, type Loose, type Report } from "../report";
import { isBase64 } from "../scalars";
import { checkHost, isLabel } from "./shared";

export function secretRules(object: Loose<SecretObject>, report: Report): void {
    eachEntry(object.data, "data", (_key, value, field) => {
        if (!isBase64(value)) {
            report("GH0104", field, "is no base64 (the value is not shown)", "Encode it, or put it under `stringData` as it is.");
        }
    });
}

export function serviceRules(object: Loose<ServiceObject>, report: Report): void {
    const ports = object.spec?.ports;
    const names = new Set<string>();
    const numbers = new Set<string>();
    each(ports, "spec.ports", (port, field) => {
        const name = port.name ?? "";
        if (name === "" && (ports?.length ?? 0) > 1) {
            report("GH0103", `${field}.name`, "is missing; a Service with several ports names each");
        } else if (name !== "" && (!isLabel(name) || name !== name.toLowerCase())) {
            report("GH0104", `${field}.name`, `${shownText(name)} is no label: lower-case letters, digits and inner hyphens`);
        } else if (name !== "" && names.has(name)) {
            report("GH0106", `${field}.name`, `the port name ${shownText(name)} is there twice`);
        }
        names.add(name);
        const key = `${port.protocol ?? "TCP"} ${String(port.port)}`;
        if (port.port !== undefined && numbers.has(key)) {
            report("GH0106", `${field}.port`, `the port ${port.port} is there twice`);
        }
        numbers.add(key);
    });
    if (!isSet(ports) && object.spec && object.spec.type !== "ExternalName" && object.spec.clusterIP !== "None") {
        report("GH0103", "spec.ports", "is missing; a Service needs at least one port");
    }
    each(object.spec?.loadBalancerSourceRanges, "spec.loadBalancerSourceRanges", (range, field) => {
        if (!isAddress(range.trim()) || !range.includes("/")) {
            report("GH0104", field, `got ${shownText(range)}, wanted a CIDR block`);
        }
    });
}

export function endpointSliceRules(object: Loose<EndpointSliceObject>, report: Report): void {
    const family = object.addressType === "IPv4" ? 4 : object.addressType === "IPv6" ? 6 : 0;
    each(object.endpoints, "endpoints", (endpoint, path) =>
        each(endpoint.addresses, `${path}.addresses`, (address, field) => {
            if (family !== 0 && isIP(address) !== family) {
                report("GH0104", field, `got ${shownText(address)}, wanted an ${object.addressType} address`);
            } else if (family === 0 && object.addressType === "FQDN") {
                checkHost(address, field, {}, report);
            }
        }),
    );
}

export function endpointsRules(object: Loose<EndpointsObject>, report: Report): void {
    each(object.subsets, "subsets", (subset, path) => {
        for (const list of ["addresses", "notReadyAddresses"] as const) {
            each(subset[list], `${path}.${list}`, ({ ip }, field) => {
                if (ip !== undefined && isIP(ip) === 0) {
                    report("GH0104", `${field}.ip`, `got ${shownText(ip)}, wanted an IP address`);
                }
            });
        }
    });
}

export function ingressRules(object: Loose<IngressObject>, report: Report): void {
    const spec = object.spec;
    if (!spec) {
        return;
    }
    if (!spec.defaultBackend && !isSet(spec.rules)) {
        report("GH0103", "spec", "has no rules", "Add `rules` or `defaultBackend`.");
    }
    backendRules(spec.defaultBackend, "spec.defaultBackend", report);
    each(spec.rules, "spec.rules", (rule, field) => {
        if (isSet(rule.host)) {
            checkHost(rule.host ?? "", `${field}.host`, { wildcard: true, short: true }, report);
        }
        each(rule.http?.paths, `${field}.http.paths`, (path, at) => pathRules(path, at, report));
    });
    each(spec.tls, "spec.tls", (entry, field) =>
        each(entry.hosts, `${field}.hosts`, (host, at) => checkHost(host, at, { wildcard: true, short: true }, report)),
    );
}

function pathRules(path: Loose<IngressPath>, field: string, report: Report): void {
    const exact = path.pathType === "Exact" || path.pathType === "Prefix";
    if (exact && !(path.path ?? "").startsWith("/")) {
        report("GH0104", `${field}.path`, `got ${shownText(path.path ?? "")}, wanted a path that begins with \`/\``);
    }
    backendRules(path.backend, `${field}.backend`, report);
}

function backendRules(backend: Loose<IngressBackend> | undefined, field: string, report: Report): void {
    if (!backend) {
        return;
    }
    const { service } = backend;
    if (!service && !backend.resource) {
        report("GH0103", `${field}.service`, "is missing; a backend is a Service with its port");
    }
    const set = [service?.port?.number, service?.port?.name].filter(isSet).length;
    if (service && set !== 1) {
        report(
            set === 0 ? "GH0103" : "GH0105",
            `${field}.service.port`,
            set === 0 ? "has no number and no name" : "has a number and a name; one of them is wanted",
        );
    }
}

const CONTROLLER = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

export function ingressClassRules({ spec }: Loose<IngressClassObject>, report: Report): void {
    if (!spec) {
        return;
    }
    const { controller, parameters } = spec;
    if (isSet(controller) && !CONTROLLER.test(controller ?? "")) {
        report("GH0104", "spec.controller", `got ${shownText(controller ?? "")}, wanted a domain, a slash and a path`);
    }
    const isOfNamespace = parameters?.scope === "Namespace";
    if (isOfNamespace && !isSet(parameters.namespace)) {
        report("GH0103", "spec.parameters.namespace", "is missing; `scope: Namespace` asks for it");
    } else if (parameters && !isOfNamespace && isSet(parameters.namespace)) {
        report("GH0105", "spec.parameters.namespace", "is there without `scope: Namespace`", "Write `scope: Namespace`.");
    }
}

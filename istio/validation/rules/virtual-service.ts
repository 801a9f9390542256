/** VirtualService: hosts, gateways, and the rules of tls and tcp; http has a file of its own. */
import { isAddress } from "../../ip-blocks";
import { isIP } from "node:net";
import type { HostOptions } from "../../hosts";
import { isSubsetOf, isWildcard } from "../../semantics";
import { shownText } from "../../shown";
import type { L4MatchAttributes, RouteDestination, TLSMatchAttributes, VirtualService, VirtualServiceObject } from "../../types";
import { each, type Loose, type Report } from "../report";
import { checkGatewayNames } from "./gateway-name";
import { httpRules } from "./http-route";
import { checkDestination, checkExportTo, checkHost, checkLabels, checkLetters, checkWeights } from "./shared";

export function virtualServiceRules(object: Loose<VirtualServiceObject>, report: Report): void {
    const spec = object.spec;
    if (!spec) {
        return;
    }
    const delegate = (spec.hosts?.length ?? 0) === 0;
    if (delegate) {
        delegateRules(spec, report);
    } else {
        hostsRules(spec, report);
    }
    checkGatewayNames(spec.gateways, "spec.gateways", report);
    if (!spec.http?.length && !spec.tls?.length && !spec.tcp?.length) {
        report("GH0103", "spec", "has no rules", "Add at least one of `http`, `tls` and `tcp`.");
    }
    httpRules(spec, delegate, report);
    each(spec.tls, "spec.tls", (rule, field) => {
        if (rule.match?.length === 0) {
            report("GH0103", `${field}.match`, "is empty; a tls rule needs a block with `sniHosts`");
        }
        each(rule.match, `${field}.match`, (block, at) => tlsMatchRules(block, spec, at, report));
        l4RouteRules(rule.route, `${field}.route`, report);
    });
    each(spec.tcp, "spec.tcp", (rule, field) => {
        each(rule.match, `${field}.match`, (block, at) => l4MatchRules(block, at, report));
        l4RouteRules(rule.route, `${field}.route`, report);
    });
    checkExportTo(spec.exportTo, object.metadata?.namespace ?? "default", false, report);
}

/** A VirtualService without hosts serves nothing by itself: another one hands requests to its rules. */
function delegateRules(spec: Loose<VirtualService>, report: Report): void {
    for (const field of ["gateways", "tls", "tcp"] as const) {
        if (spec[field]?.length) {
            report(
                "GH0105",
                `spec.${field}`,
                `a VirtualService without hosts is a delegate and has no \`${field}\``,
                "Add `hosts`, or leave it out.",
            );
        }
    }
}

function hostsRules(spec: Loose<VirtualService>, report: Report): void {
    const onMesh = spec.gateways === undefined || spec.gateways.length === 0 || spec.gateways.includes("mesh");
    const good: { host: string; field: string }[] = [];
    each(spec.hosts, "spec.hosts", (host, field) => {
        if (!checkName(host, spec, field, { wildcard: true, any: true, ip: true, short: true, partial: true }, report)) {
            return;
        }
        checkLetters(host, field, report);
        if (isIP(host) === 6) {
            report(
                "GH0111",
                field,
                `${shownText(host)} is an IPv6 address, which clients write in brackets: no request at a gateway matches it`,
                "Write a name, or `*`.",
            );
        }
        if (host === "*" && onMesh) {
            report("GH0105", field, "`*` is not allowed for the mesh", "Name the Gateway in `gateways`, and leave `mesh` out of it.");
        }
        good.push({ host, field });
    });
    overlapRules(good, report);
}

/** Hosts of one VirtualService may not overlap. Each is compared by lookup: one of thousands of hosts stays cheap. */
function overlapRules(hosts: readonly { host: string; field: string }[], report: Report): void {
    const wildcards = new Map(hosts.filter(({ host }) => isWildcard(host)).map(({ host, field }) => [host.toLowerCase(), field]));
    const seen = new Map<string, string>();
    for (const { host, field } of hosts) {
        const name = host.toLowerCase();
        const twin = seen.get(name);
        if (twin !== undefined) {
            // Istio compares letter by letter here, and by the name that it is in all other places.
            report(
                hosts.some((other) => other.field === twin && other.host === host) ? "GH0106" : "GH0111",
                field,
                `the host ${shownText(host)} is already at ${twin}`,
            );
            continue;
        }
        seen.set(name, field);
        const wider = widerOf(name, wildcards);
        if (wider !== undefined) {
            report(
                "GH0106",
                field,
                `the host ${shownText(host)} is covered by ${shownText(wider)} at ${wildcards.get(wider)}`,
                "Hosts of one VirtualService may not overlap; put one of them into a VirtualService of its own.",
            );
        }
    }
}

/** A wildcard that covers a host and is not the host itself: `*` before one of its endings. */
function widerOf(name: string, wildcards: ReadonlyMap<string, string>): string | undefined {
    const end = wildcards.size === 0 ? 0 : name.length + 1;
    for (let start = isWildcard(name) ? 2 : 0; start < end; start += 1) {
        const wider = `*${name.slice(start)}`;
        if (wildcards.has(wider)) {
            return wider;
        }
    }
    return undefined;
}

function l4MatchRules(block: Loose<L4MatchAttributes>, field: string, report: Report): void {
    each(block.destinationSubnets, `${field}.destinationSubnets`, (subnet, at) => {
        if (!isAddress(subnet)) {
            report("GH0104", at, `got ${shownText(subnet)}, wanted an IP address or a CIDR block`);
        }
    });
    checkLabels(block.sourceLabels, `${field}.sourceLabels`, report);
    checkGatewayNames(block.gateways, `${field}.gateways`, report);
}

function tlsMatchRules(block: Loose<TLSMatchAttributes>, spec: Loose<VirtualService>, field: string, report: Report): void {
    l4MatchRules(block, field, report);
    if (block.sniHosts?.length === 0) {
        report("GH0103", `${field}.sniHosts`, "is empty; a tls match needs at least one server name");
    }
    const hosts = (spec.hosts ?? []).filter((host) => host !== undefined);
    each(block.sniHosts, `${field}.sniHosts`, (name, at) => {
        if (isIP(name) !== 0) {
            report("GH0111", at, `${shownText(name)} is an IP address, which most clients do not send as a server name`);
            return;
        }
        if (!checkName(name, spec, at, { wildcard: true, any: true, short: true, partial: true }, report)) {
            return;
        }
        const covering = hosts.filter((host) => isSubsetOf(name, host));
        const anyCase = covering.length > 0;
        // Istio compares letter by letter here.
        if (!covering.some((host) => (isWildcard(host) ? name.endsWith(host.slice(1)) : name === host))) {
            report(
                "GH0105",
                at,
                `the server name ${shownText(name)} ${anyCase ? "is written in another case than" : "lies outside"} the VirtualService's hosts`,
                anyCase ? "Write it in lower case in both places." : "Add it, or a wildcard that covers it, to `hosts`.",
            );
        }
    });
}

/**
 * A host, or at gateways that route by server name one that a mesh's own gateways send, `outbound_.PORT_.SUBSET_.HOST`
 * (pkg/config/validation/agent ValidateWildcardDomainForVirtualServiceBoundToGateway).
 */
function checkName(host: string, spec: Loose<VirtualService>, field: string, options: HostOptions, report: Report): boolean {
    const atGateways = (spec.gateways?.length ?? 0) > 0 && !spec.gateways?.includes("mesh");
    const routesNames = spec.tls?.some((rule) => rule?.match?.some((block) => (block?.sniHosts?.length ?? 0) > 0)) ?? false;
    if (!host.startsWith("outbound_") || !atGateways || !routesNames) {
        return checkHost(host, field, options, report);
    }
    const [, port = "", , name = ""] = host.split("_");
    const isGood = /[0-9]/.test(port) && /[a-zA-Z]/.test(name) && host.length <= 255;
    if (!isGood) {
        report(
            "GH0104",
            field,
            `the name ${shownText(host)} begins as those of a mesh's gateways and is none; wanted \`outbound_.PORT_.SUBSET_.HOST\``,
        );
    }
    return isGood;
}

function l4RouteRules(route: readonly (Loose<RouteDestination> | undefined)[] | undefined, field: string, report: Report): void {
    if (!route?.length) {
        report("GH0103", field, "is missing; the rule says where nothing goes", "Add `route` with a `destination`.");
    }
    each(route, field, (entry, at) => checkDestination(entry.destination, `${at}.destination`, report));
    checkWeights(
        (route ?? []).map((entry) => entry?.weight),
        field,
        report,
    );
}

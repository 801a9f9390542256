/** Destinations that cannot answer a gateway: no address to connect to, plain text to a TLS port, TLS within TLS. */
import { isTlsFamily, parseProtocol, protocolOfServicePort, type Protocol } from "../../ports";
import { nameText } from "../../semantics";
import { refText } from "../../types";
import { fullHost } from "../names";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind, IndexedObject } from "../indexed-object";
import type { AnalysisReport } from "../report";
import { isForGateways } from "./routing";
import { addTo } from "../../lists-by-key";

type Service = IndexedKind<"VirtualService">;
export type Rule = IndexedKind<"DestinationRule">;
interface Routed {
    readonly host: string;
    readonly port: number | undefined;
    readonly subset: string | undefined;
    readonly field: string;
}

export function upstreams(index: ObjectIndex, report: AnalysisReport): void {
    const rules = rulesByHost(index);
    for (const service of index.of("VirtualService")) {
        for (const routed of routes(service, "http")) {
            checkResolution(routed, service, index, report);
            checkPlain(routed, service, rules, index, report);
        }
        for (const routed of [...routes(service, "tls"), ...routes(service, "tcp")]) {
            checkResolution(routed, service, index, report);
        }
        for (const routed of routes(service, "tls")) {
            checkDouble(routed, service, rules, report);
        }
    }
}

/** The destinations of the rules that apply at a gateway. */
function routes(service: Service, kind: "http" | "tls" | "tcp"): Routed[] {
    return (service.usable.spec?.[kind] ?? []).flatMap((rule, at) =>
        (isForGateways(service, rule) ? (rule?.route ?? []) : []).flatMap((route, routeAt) => {
            const { host, port, subset } = route?.destination ?? {};
            return host === undefined
                ? []
                : [{ host, port: port?.number, subset, field: `spec.${kind}[${at}].route[${routeAt}].destination` }];
        }),
    );
}

function checkResolution({ host, field }: Routed, service: Service, index: ObjectIndex, report: AnalysisReport): void {
    const owner = index.hosts.find(host, service.ref.namespace)?.owner;
    const spec = asEntry(owner)?.usable.spec;
    if (owner && spec && (spec.resolution ?? "NONE") === "NONE") {
        report.own(
            "GH0451",
            service,
            `${field}.host`,
            `ServiceEntry ${nameText(owner.ref)} has resolution NONE, which gives a gateway no address to connect to: requests get 503`,
            "Write `resolution: DNS`, or STATIC with `endpoints`.",
        );
    }
}

function asEntry(owner: IndexedObject | undefined): IndexedKind<"ServiceEntry"> | undefined {
    return owner?.ref.kind === "ServiceEntry" ? (owner as IndexedKind<"ServiceEntry">) : undefined;
}

export function rulesByHost(index: ObjectIndex): ReadonlyMap<string, readonly Rule[]> {
    const rules = new Map<string, Rule[]>();
    for (const rule of index.of("DestinationRule")) {
        const host = fullHost(rule.usable.spec?.host ?? "", rule.ref.namespace).toLowerCase();
        addTo(rules, host, rule);
    }
    return rules;
}

/** Those of the host itself, and of the wildcards that it falls under. */
export function rulesFor(host: string, rules: ReadonlyMap<string, readonly Rule[]>): readonly Rule[] {
    const wildcards = [...host.matchAll(/\./g)].flatMap(({ index: at }) => rules.get(`*${host.slice(at)}`) ?? []);
    return [...(rules.get(host) ?? []), ...wildcards, ...(rules.get("*") ?? [])];
}

/** Whether any policy of a rule makes connections to a port TLS. */
function originates(rule: Rule, port: number | undefined): boolean {
    const { spec } = rule.usable;
    return [spec?.trafficPolicy, ...(spec?.subsets ?? []).map((subset) => subset?.trafficPolicy)].some(
        (policy) =>
            isOn(policy?.tls?.mode) ||
            (policy?.portLevelSettings ?? []).some(
                (settings) => (port === undefined || settings?.port?.number === port) && isOn(settings?.tls?.mode),
            ),
    );
}

function isOn(mode: string | undefined): boolean {
    return mode !== undefined && mode !== "DISABLE";
}

function checkPlain(
    { host, port, field }: Routed,
    service: Service,
    rules: ReadonlyMap<string, readonly Rule[]>,
    index: ObjectIndex,
    report: AnalysisReport,
): void {
    const known = index.hosts.find(host, service.ref.namespace);
    if (!known || !speaksTls(known.owner, port)) {
        return;
    }
    const name = fullHost(host, service.ref.namespace).toLowerCase();
    if (!rulesFor(name, rules).some((rule) => originates(rule, port))) {
        report.own(
            "GH0705",
            service,
            field,
            `an http rule sends plain HTTP to a port of TLS of ${refText(known.owner.ref)}, and no DestinationRule makes it TLS`,
            `Add a DestinationRule for \`${name}\` with \`trafficPolicy.tls.mode: SIMPLE\`.`,
        );
    }
}

function speaksTls(owner: IndexedObject, port: number | undefined): boolean {
    const protocol = meantPort(owner, port)?.protocol;
    return protocol !== undefined && isTlsFamily(protocol);
}

export interface MeantPort {
    readonly number: number | undefined;
    /** Undefined: nothing says it. */
    readonly protocol: Protocol | undefined;
}

/** The port that is meant of a Service or ServiceEntry: the named one, or the only one. */
export function meantPort(owner: IndexedObject, port: number | undefined): MeantPort | undefined {
    const entry = asEntry(owner);
    const ports = entry
        ? (entry.usable.spec?.ports ?? []).map((one) => ({ number: one?.number, protocol: parseProtocol(one?.protocol ?? "") }))
        : ((owner as IndexedKind<"Service">).usable.spec?.ports ?? []).map((one) => ({
              number: one?.port,
              protocol: protocolOfServicePort(one ?? {}),
          }));
    if (port === undefined) return ports.length === 1 ? ports[0] : undefined;
    return ports.find(({ number }) => number === port);
}

function checkDouble(
    { host, port, field }: Routed,
    service: Service,
    rules: ReadonlyMap<string, readonly Rule[]>,
    report: AnalysisReport,
): void {
    const name = fullHost(host, service.ref.namespace).toLowerCase();
    const wrapping = rulesFor(name, rules).find((rule) => {
        const policy = rule.usable.spec?.trafficPolicy;
        const own = (policy?.portLevelSettings ?? []).find((settings) => port !== undefined && settings?.port?.number === port);
        // Settings of a port replace those of the host.
        const mode = (own ?? policy)?.tls?.mode;
        return mode === "SIMPLE" || mode === "MUTUAL";
    });
    if (wrapping) {
        report.own(
            "GH0706",
            service,
            field,
            `a tls rule passes the client's TLS through, and DestinationRule ${nameText(wrapping.ref)} wraps it in TLS again`,
            "End TLS at the gateway and use an http rule, or take `tls` out of the DestinationRule.",
        );
    }
}

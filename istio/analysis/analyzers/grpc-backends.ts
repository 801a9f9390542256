/** Rules for calls of gRPC that lead to a port of HTTP/1.1, where calls have no form: clients see an error that says nothing of it. */
import { isHttp2Family, parseProtocol, type Protocol } from "../../ports";
import { meshUpgradesToHttp2, isUpgradedByMesh } from "../../semantics/http2-upgrade";
import { refText, type ConnectionPoolSettings, type HTTPMatchRequest } from "../../types";
import type { Loose } from "../../validation";
import { gatewaysOf, serversFor } from "../bindings";
import type { IndexedKind } from "../indexed-object";
import { fullHost } from "../names";
import type { ObjectIndex } from "../object-index";
import type { AnalysisReport } from "../report";
import { isForGateways } from "./routing";
import { meantPort, rulesByHost, rulesFor, type Rule } from "./upstreams";

type Service = IndexedKind<"VirtualService">;
type Match = Loose<HTTPMatchRequest>;

export function grpcBackends(index: ObjectIndex, report: AnalysisReport): void {
    const rules = rulesByHost(index);
    const upgrades = meshUpgradesToHttp2(index.meshConfigMap);
    for (const service of index.of("VirtualService")) {
        const onlyCalls = servesCallsAlone(service, index);
        for (const [at, rule] of (service.usable.spec?.http ?? []).entries()) {
            if (!rule || !isForGateways(service, rule) || !isForCalls(rule.match ?? [], onlyCalls)) continue;
            for (const [routeAt, route] of (rule.route ?? []).entries()) {
                const { host, port } = route?.destination ?? {};
                const backend = host === undefined ? undefined : backendOf(host, port?.number, service, index);
                if (host === undefined || !backend || isSpokenTo(backend, upgrades)) continue;
                const name = fullHost(host, service.ref.namespace).toLowerCase();
                if (rulesFor(name, rules).some((one) => speaksHttp2(one, backend.number))) continue;
                report.own(
                    "GH0725",
                    service,
                    `spec.http[${at}].route[${routeAt}].destination`,
                    `the rule is for calls of gRPC, and port ${backend.number} of ${backend.owner} ${backend.protocol === undefined ? "does not say what it speaks, which is taken as HTTP/1.1" : `speaks ${backend.protocol}`}`,
                    "Call the port `grpc`, alone or before a hyphen, or give it `appProtocol: grpc`.",
                );
            }
        }
    }
}

interface Backend {
    readonly owner: string;
    readonly number: number;
    /** Undefined: nothing says it. */
    readonly protocol: Protocol | undefined;
}

function backendOf(host: string, port: number | undefined, service: Service, index: ObjectIndex): Backend | undefined {
    const owner = index.hosts.find(host, service.ref.namespace)?.owner;
    if (!owner) return undefined;
    const { number, protocol } = meantPort(owner, port) ?? {};
    return number === undefined ? undefined : { owner: refText(owner.ref), number, protocol };
}

function isSpokenTo({ protocol }: Backend, upgrades: boolean): boolean {
    return (protocol !== undefined && isHttp2Family(protocol)) || (upgrades && isUpgradedByMesh(protocol));
}

/** Whether any policy of a DestinationRule has the port spoken to in HTTP/2. */
function speaksHttp2({ usable: { spec } }: Rule, port: number): boolean {
    const upgrades = (pool: Loose<ConnectionPoolSettings> | undefined): boolean =>
        pool?.http?.h2UpgradePolicy === "UPGRADE" || pool?.http?.useClientProtocol === true;
    return [spec?.trafficPolicy, ...(spec?.subsets ?? []).map((subset) => subset?.trafficPolicy)].some(
        (policy) =>
            upgrades(policy?.connectionPool) ||
            (policy?.portLevelSettings ?? []).some((settings) => settings?.port?.number === port && upgrades(settings.connectionPool)),
    );
}

/** Whether every server that it is bound to is one of gRPC. Pages are served on ports of gRPC-Web too. */
function servesCallsAlone(service: Service, index: ObjectIndex): boolean {
    const servers = gatewaysOf(service, index).flatMap((gateway) => serversFor(service, gateway));
    return servers.length > 0 && servers.every(({ server }) => parseProtocol(server.port?.protocol ?? "") === "GRPC");
}

/** `/package.Service/Method`, and a prefix of it with the service whole: nobody calls a page so. */
const CALL = /^\/(?:[a-z_]\w*\.)+[A-Z]\w*\/(?:[A-Za-z_]\w*)?$/;
const CONTENT = "application/grpc";

function isForCalls(matches: readonly (Match | undefined)[], onlyCalls: boolean): boolean {
    if (onlyCalls && matches.every((match) => match?.uri === undefined || match.uri.prefix === "/")) return true;
    return (
        matches.length > 0 &&
        matches.every((match) => {
            const { exact, prefix } = match?.uri ?? {};
            const content = Object.entries(match?.headers ?? {}).find(([name]) => name.toLowerCase() === "content-type")?.[1];
            return CALL.test(exact ?? prefix ?? "") || (content?.exact ?? content?.prefix ?? "").startsWith(CONTENT);
        })
    );
}

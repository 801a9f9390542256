/** What each Ingress of a gateway is served as: a row for plain HTTP and one for HTTPS, with a request for each of its own paths. */
import { INGRESS_PORTS } from "../../istio/semantics/ingress";
import { isSameRef, nameText, refOf, type IngressObject } from "../../istio";
import { objectOfKey, type FilterChainEntry, type VirtualHostEntry } from "../../proxy/tables";
import type { Elsewhere } from "../objects/elsewhere";
import { accessNotes, admissionOfHost } from "./access-notes";
import { certificateNames, hostTrials, namesUnder, wantsHeader, type Oracle, type TriedFront } from "./foretell";
import { LOOPBACK } from "./free-ports";
import { ingressesOf } from "./ingresses";
import type { RunPlan } from "./plan";
import { HTTP_VERSIONS, trialUrl, type ServedServer, type Trial } from "./trial";
import type { LocalWorkload } from "./workloads";

const WAYS = [
    { name: "http", protocol: "HTTP", declared: INGRESS_PORTS.http, tls: "" },
    { name: "https", protocol: "HTTPS", declared: INGRESS_PORTS.https, tls: "SIMPLE" },
] as const;

/** Its own part of a host, behind what takes its connections. */
interface Part {
    readonly front: TriedFront;
    readonly host: VirtualHostEntry;
}

/** Why what a certificate guards is not asked for. */
export const FROM_ELSEWHERE = "its certificate is in a Secret from elsewhere";

export function servedIngresses(plan: RunPlan, workload: LocalWorkload, oracle: Oracle, elsewhere?: Elsewhere): ServedServer[] {
    return ingressesOf(plan.sound, workload).flatMap((ingress) =>
        WAYS.flatMap((way): ServedServer[] => {
            const port = plan.portOf(workload, way.declared);
            const parts = frontsAt(port, way.tls !== "", oracle).flatMap((front) => partsOf(ingress, front, oracle));
            if (parts.length === 0) return [];
            const trials = parts.flatMap(({ front, host }) => withCertificate(hostTrials(oracle, front, host), front, oracle, elsewhere));
            const hosts = [...new Set(parts.map(({ host }) => host.domain))];
            const access = parts.map(({ host }) => ({
                host: host.domain,
                policies: accessNotes(admissionOfHost(host, oracle.tables), host.domain, oracle.tables),
            }));
            const [first] = trials;
            return [
                {
                    gateway: `Ingress ${nameText(refOf(ingress))}`,
                    server: way.name,
                    protocol: way.protocol,
                    declaredPort: way.declared,
                    address: LOOPBACK,
                    port,
                    hosts,
                    tls: way.tls,
                    versions: HTTP_VERSIONS,
                    url: first ? trialUrl(first) : `${way.name}://${namesUnder(hosts[0] ?? "*", [])[0] ?? ""}:${port}/`,
                    trials,
                    access: access.filter(({ policies }) => policies.length > 0),
                },
            ];
        }),
    );
}

/** Only what can be asked: a certificate that somebody makes in the cluster is not here. */
function withCertificate(
    trials: readonly Trial[],
    { chain }: TriedFront,
    { tables }: Oracle,
    elsewhere: Elsewhere | undefined,
): readonly Trial[] {
    if (chain.tls === undefined || chain.tls.mode === "PASSTHROUGH") return trials;
    const isMissing = chain.tls.secrets.some((key) => {
        const secret = objectOfKey(key);
        return !tables.secrets.get(key)?.certificate && secret && elsewhere?.secretOfIngress(secret.namespace, secret.name) !== undefined;
    });
    return isMissing ? trials.map((trial) => (trial.untried === "" ? { ...trial, untried: FROM_ELSEWHERE } : trial)) : trials;
}

/** In the clear it is one for all; behind TLS those of the Ingresses' own certificates. */
function frontsAt(port: number, isSecure: boolean, { tables }: Oracle): TriedFront[] {
    const listeners = new Set([...tables.listeners.values()].filter(({ targetPort }) => targetPort === port).map(({ key }) => key));
    const isOne = (chain: FilterChainEntry): boolean =>
        chain.target.kind === "http" && (isSecure ? chain.tls !== undefined && chain.origin.kind === "Ingress" : chain.tls === undefined);
    return [...tables.chains.values()]
        .filter((chain) => listeners.has(chain.listener) && isOne(chain))
        .map((chain) => ({
            address: LOOPBACK,
            port,
            chain,
            certificateNames: certificateNames(chain, tables),
            call: "grpc",
            presents: wantsHeader(chain, tables),
        }));
}

/** The hosts under which paths of the Ingress are met, with these alone. */
function partsOf(ingress: IngressObject, front: TriedFront, { tables }: Oracle): Part[] {
    const { target } = front.chain;
    const own = refOf(ingress);
    return [...tables.virtualHosts.values()]
        .filter(({ routeTable }) => target.kind === "http" && routeTable === target.routeTable)
        .flatMap((host) => {
            const routes = host.routes.filter(({ origin }) => isSameRef(origin, own));
            return routes.length === 0 ? [] : [{ front, host: { ...host, routes } }];
        });
}

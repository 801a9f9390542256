/** What an IngressGateway decides before anything is made: the hosts that it shares, and what is wrong with its arguments. */
import { INGRESS_PORTS } from "../../istio/semantics/ingress";
import { MAX_TRUSTED_PROXIES } from "../../istio/semantics/trusted-proxies";
import {
    accessCandidates,
    accessFaults,
    accessNames,
    issuerSettings,
    providerFaults,
    streamTargets,
    type AccessData,
    type AccessOrder,
    type ProviderData,
} from "../access";
import {
    derivedName,
    fault,
    mentionsUnknown,
    namePath,
    objectFaults,
    OBJECT_NAME,
    slug,
    type Fault,
    type Judged,
    type ObjectName,
    type Taken,
} from "../arguments";
import { certificateNames, tlsFaults, type TlsArgs, type TlsData } from "../certificate";
import { edgeArgsOf, edgeFaults, withSoundEdge } from "../edge";
import { errorPageFaults, withSoundErrorPages } from "../error-pages";
import { hostClaim, hostsFaults, inLowerCase, portSpeaking, tlsHosts, type NamedPort, type SharedHosts } from "../gateway";
import { clientArgsOf, gatewayOptionFaults } from "../gateway-options";
import { WEB_PROTOCOLS } from "../ports";
import type { KnownArgs } from "../schema";
import { ingressStatusNames, objectMetadata, planWorkload, refOf, workloadFaults, workloadNames, type WorkloadPlan } from "../workload";
import { INGRESS_GATEWAY, type IngressGatewayArgs, type SharedTlsArgs } from "./schema";

export type SharedTlsData = KnownArgs<Omit<SharedTlsArgs, keyof TlsArgs>, TlsData>;
export type IngressGatewayData = KnownArgs<
    Omit<IngressGatewayArgs, "extraManifestTransforms">,
    { readonly tls?: readonly SharedTlsData[] }
>;

export interface IngressGatewayPlan extends WorkloadPlan {
    readonly tls: readonly SharedTlsData[];
    readonly access: AccessData | undefined;
    readonly providers: readonly ProviderData[];
    readonly ingressClass: IngressGatewayData["ingressClass"];
    readonly https: NamedPort | undefined;
    readonly http: NamedPort | undefined;
}

export function planIngressGateway(component: string, args: IngressGatewayData): IngressGatewayPlan {
    const workload = planWorkload("ingress", component, args);
    const ref = refOf(workload);
    return {
        ...workload,
        ...(args.numTrustedProxies === undefined ? {} : { trustedProxies: args.numTrustedProxies }),
        ...(args.errorPages === undefined ? {} : { errorPages: args.errorPages }),
        edge: edgeArgsOf(args),
        // Whoever asks from outside learns nothing of how things are inside, unless somebody wants it so.
        client: { stripEnvoyHeaders: true, ...clientArgsOf(args) },
        tls: args.tls ?? [],
        access: args.access,
        ingressClass: args.ingressClass,
        providers: args.extensionProviders ?? [],
        https: portSpeaking(ref, ["HTTPS"], "https"),
        http: portSpeaking(ref, WEB_PROTOCOLS, "http"),
    };
}

export function ingressClassName({ ingressClass, name }: IngressGatewayPlan): string {
    return ingressClass?.name ?? name;
}

/** Istio's proxy asks istiod, which knows no class of ours; and Ingresses are served on the ports 80 and 443. */
function ingressClassFaults(plan: IngressGatewayPlan): Fault[] {
    const { ingressClass, dataPlane, ports } = plan;
    if (ingressClass === undefined) return [];
    const name = ingressClass.name;
    const isName = name === undefined || mentionsUnknown(name) || (name.length <= OBJECT_NAME.max && OBJECT_NAME.shape.test(name));
    const has = (number: number): boolean => ports.some((port) => port.number === number);
    return [
        ...(dataPlane === "istio"
            ? [
                  fault(
                      "GH0203",
                      "ingressClass",
                      'with dataPlane: "istio" nothing serves a class of our own.',
                      "Give Ingresses Istio's class, or leave dataPlane out.",
                  ),
              ]
            : []),
        ...(isName
            ? []
            : [
                  fault(
                      "GH0201",
                      "ingressClass.name",
                      `${JSON.stringify(name)} is not a name that Kubernetes takes.`,
                      "Use a-z, 0-9, - and .",
                  ),
              ]),
        ...(has(INGRESS_PORTS.http) || has(INGRESS_PORTS.https)
            ? []
            : [
                  fault(
                      "GH0203",
                      "ingressClass",
                      "Ingresses are served on the ports 80 and 443, and the gateway has neither.",
                      "Declare them.",
                  ),
              ]),
    ];
}

/** An entry whose first host is known later only; of several, each but one has to say its name. */
const LATER = "shared";

/** What the children of a shared entry are called by: plain, and the same wherever the entry stands in the list. */
export function sharedKey({ name, hosts }: { readonly name?: string; readonly hosts: readonly unknown[] }): string {
    const first: unknown = Array.isArray(hosts) ? hosts[0] : undefined;
    return name ?? (typeof first === "string" ? slug(first) : LATER);
}

/** Behind it comes what the object is, and for a Secret eight digits. */
const ROOM_FOR_SUFFIX = { ...OBJECT_NAME, max: OBJECT_NAME.max - "-client-ca-00000000".length };

/** What the objects and the children made for a shared entry are called. */
export function sharedName(name: string, entry: { readonly name?: string; readonly hosts: readonly unknown[] }): string {
    return derivedName(`${name}-${sharedKey(entry)}`, ROOM_FOR_SUFFIX);
}

/** `host` for anybody, `namespace/host` for those who are allowed. */
export function serverHosts({ hosts: given, allowedNamespaces }: SharedTlsData): string[] {
    const hosts = inLowerCase(given);
    return allowedNamespaces ? hosts.flatMap((host) => allowedNamespaces.map((namespace) => `${namespace}/${host}`)) : hosts;
}

export function sharedOf({ name, args, tls }: IngressGatewayPlan): SharedHosts[] {
    return tls.map((entry) => ({ gateway: `${args.namespace}/${name}`, hosts: serverHosts(entry) }));
}

function sharedFaults({ https, http }: IngressGatewayPlan, entry: SharedTlsData, path: string): Fault[] {
    const hosts = hostsFaults(`${path}.hosts`, entry.hosts);
    const port = https ? [] : [fault("GH0203", path, "the gateway has no port that speaks HTTPS.", "Leave `https` among its ports.")];
    const wanted =
        (entry.http === "serve" || entry.http === "redirect") && !http
            ? [fault("GH0203", `${path}.http`, "the gateway has no port that speaks HTTP.")]
            : [];
    return [...hosts, ...port, ...wanted, ...tlsFaults(path, entry, entry.hosts)];
}

function keyFaults(tls: readonly SharedTlsData[]): Fault[] {
    const keys = tls.map(sharedKey);
    return keys.flatMap((key, index) =>
        keys.indexOf(key) === index
            ? []
            : [
                  fault(
                      "GH0210",
                      `tls[${index}].name`,
                      `the name ${JSON.stringify(key)} is taken by tls[${keys.indexOf(key)}].`,
                      "Give each its own.",
                  ),
              ],
    );
}

/** Who may pass, for all that the gateway serves. */
export function accessOrder(plan: IngressGatewayPlan): AccessOrder {
    const { name, selector, access = {}, providers } = plan;
    return {
        access,
        providers,
        place: {
            name,
            metadata: (own) => ({ ...objectMetadata(plan), name: own }),
            selector,
            whole: true,
            scope: { notPorts: streamTargets(refOf(plan)) },
        },
    };
}

function passingFaults({ access, providers, dataPlane, trustedProxies = 0 }: IngressGatewayPlan): Fault[] {
    const own = Array.isArray(providers) ? providers : [];
    const names = own.map((provider) => (provider as ProviderData | undefined)?.name);
    return [
        ...accessFaults(access, { path: "access", whole: true, dataPlane }),
        ...own.flatMap((provider, index) => providerFaults(`extensionProviders[${index}]`, provider, dataPlane)),
        ...names.flatMap((name, index) =>
            name === undefined || names.indexOf(name) === index
                ? []
                : [
                      fault(
                          "GH0213",
                          `extensionProviders[${index}].name`,
                          `the name ${JSON.stringify(name)} is taken by extensionProviders[${names.indexOf(name)}].`,
                          "Give each its own.",
                      ),
                  ],
        ),
        ...(trustedProxies > MAX_TRUSTED_PROXIES
            ? [fault("GH0210", "numTrustedProxies", `${trustedProxies} are more than the ${MAX_TRUSTED_PROXIES} that are counted.`)]
            : []),
        ...objectFaults(accessCandidates(access, "access")),
    ];
}

/** `secrets` is what is wrong with PEMs and users, which are not among `args`. */
export function judgeIngressGateway(
    component: string,
    args: IngressGatewayData,
    secrets: readonly Fault[] = [],
): Judged<IngressGatewayPlan> {
    const own = workloadFaults("ingress", component, INGRESS_GATEWAY, args);
    // With ports that are wrong the defaults stand in, so that the rest can be looked at.
    const wrong = own.some(({ path }) => path.startsWith("ports"));
    const pages = errorPageFaults("errorPages", args.errorPages, args.dataPlane);
    const edge = edgeFaults(args, { dataPlane: args.dataPlane, isGateway: true });
    const sound = withSoundEdge(withSoundErrorPages(args, pages), edge);
    const plan = planIngressGateway(component, wrong ? { ...sound, ports: {} } : sound);
    const shared = plan.tls.flatMap((entry, index) => sharedFaults(plan, entry, `tls[${index}]`));
    const faults = [
        ...own,
        ...keyFaults(plan.tls),
        ...shared,
        ...ingressClassFaults(plan),
        ...passingFaults(plan),
        ...pages,
        ...edge,
        ...gatewayOptionFaults(args, args.dataPlane, args.numTrustedProxies),
        ...secrets,
    ];
    return faults.length > 0 ? { faults, plan: undefined, sound: false } : { faults, plan, sound: true };
}

/** The Istio Gateway of the shared hosts carries the gateway's name, and what its certificates come to a name for each entry. */
function objectNames(plan: IngressGatewayPlan): ObjectName[] {
    const {
        name,
        tls,
        ingressClass,
        args: { namespace, metadata },
    } = plan;
    return [
        ...workloadNames(plan),
        ...accessNames(accessOrder(plan), namespace, namePath(metadata)),
        ...(tls.length > 0 ? [{ kind: "Gateway", namespace, name, path: namePath(metadata) }] : []),
        ...(ingressClass
            ? [
                  { kind: "IngressClass", name: ingressClassName(plan), path: "ingressClass" },
                  ...ingressStatusNames(plan, namePath(metadata)),
              ]
            : []),
        ...tls.flatMap((entry, index) => certificateNames(entry, namespace, sharedName(name, entry), `tls[${index}]`)),
    ];
}

export function takenByIngressGateway(plan: IngressGatewayPlan): Taken {
    const { https, tls } = plan;
    const ref = refOf(plan);
    const claims = tls.flatMap(({ hosts }, index) =>
        https ? hosts.map((host, at) => hostClaim(ref, https, tlsHosts([host])[0] ?? host, `tls[${index}].hosts[${at}]`)) : [],
    );
    return { claims, names: objectNames(plan), settings: issuerSettings(plan.access, ref, "access.jwt") };
}

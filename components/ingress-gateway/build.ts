/** What an IngressGateway makes, as plain data: the workload, and the Istio Gateway of the hosts it shares. */
import type { Gateway, GatewayObject, Server } from "../../istio";
import {
    derivedName,
    fault,
    namePath,
    objectFaults,
    OBJECT_NAME,
    openPaths,
    slug,
    takeClaims,
    takeNames,
    UNKNOWN,
    type Fault,
    type ObjectName,
    type Owner,
} from "../arguments";
import { certificateNames, serverTls, tlsFaults, type Credential, type TlsData } from "../certificate";
import { hostClaim, hostsFaults, inLowerCase, portSpeaking, tlsHosts, type AnyRef, type NamedPort, type SharedHosts } from "../gateway";
import { HTTP_PROTOCOLS } from "../ports";
import {
    objectMetadata,
    planWorkload,
    refOf,
    workloadFaults,
    workloadNames,
    type ObjectMetadata,
    type WorkloadData,
    type WorkloadPlan,
} from "../workload";

export interface SharedTlsData extends TlsData {
    readonly hosts: readonly string[];
    readonly allowedNamespaces?: readonly string[];
    readonly name?: string;
    readonly http?: "redirect" | "serve" | "off";
}

export interface IngressGatewayData extends WorkloadData {
    readonly tls?: readonly SharedTlsData[];
}

export const PATH_OF_TLS = "tls";

/** An entry whose first host is known later only; of several, each but one has to say its name. */
const LATER = "shared";

/** What the children of a shared entry are called by: plain, and the same wherever the entry stands in the list. */
export function sharedKey({ name, hosts }: { readonly name?: string; readonly hosts: readonly unknown[] }): string {
    const first: unknown = Array.isArray(hosts) ? hosts[0] : undefined;
    return name ?? (typeof first === "string" ? slug(first) : LATER);
}

/** `host` for anybody, `namespace/host` for those who are allowed. */
function serverHosts({ hosts: given, allowedNamespaces }: SharedTlsData): string[] {
    const hosts = inLowerCase(given);
    return allowedNamespaces ? hosts.flatMap((host) => allowedNamespaces.map((namespace) => `${namespace}/${host}`)) : hosts;
}

export function sharedOf(plan: WorkloadPlan): SharedHosts[] {
    const { tls = [], namespace } = plan.args as IngressGatewayData;
    return tls.map((entry) => ({ gateway: `${namespace}/${plan.name}`, hosts: serverHosts(entry) }));
}

function portsOf(plan: WorkloadPlan): { https: NamedPort | undefined; http: NamedPort | undefined } {
    const ref = refOf(plan) as AnyRef;
    return { https: portSpeaking(ref, ["HTTPS"], "https"), http: portSpeaking(ref, HTTP_PROTOCOLS, "http") };
}

function sharedServers(plan: WorkloadPlan, entry: SharedTlsData, credential: Credential): Server[] {
    const { hosts: _hosts, allowedNamespaces: _allowed, name: _name, http: plain = "redirect", ...tls } = entry;
    const { https, http } = portsOf(plan);
    const key = sharedKey(entry);
    const hosts = serverHosts(entry);
    const secure: Server[] = https
        ? [
              {
                  port: { number: https.number, protocol: https.protocol, name: `https-${key}` },
                  hosts: serverHosts({ ...entry, hosts: tlsHosts(entry.hosts) }),
                  tls: serverTls(tls, credential),
              },
          ]
        : [];
    const open: Server[] =
        http && plain !== "off"
            ? [
                  {
                      port: { number: http.number, protocol: http.protocol, name: `http-${key}` },
                      hosts,
                      ...(plain === "redirect" ? { tls: { httpsRedirect: true } } : {}),
                  },
              ]
            : [];
    return [...secure, ...open];
}

/** The Istio Gateway of the shared hosts; `credentials` in the order of the entries. */
export function buildSharedGateway(
    name: string,
    args: IngressGatewayData,
    credentials: readonly Credential[],
): { metadata: ObjectMetadata; spec: Gateway } {
    const plan = planWorkload("ingress", name, args);
    return {
        metadata: objectMetadata(plan),
        spec: {
            selector: plan.selector,
            servers: (args.tls ?? []).flatMap((entry, index) => sharedServers(plan, entry, credentials[index] ?? {})),
        },
    };
}

/** As far as it is known: hosts, ports and the way of plain HTTP decide on the servers. */
export function outlineSharedGateway(name: string, known: IngressGatewayData, credentials: readonly Credential[]): object {
    const decides = /^(ports(\W|$)|tls\[\d+\]\.(hosts|allowedNamespaces|name|http)(\W|$))/;
    const { metadata, spec } = buildSharedGateway(name, known, credentials);
    return { metadata, spec: openPaths(known).some((path) => decides.test(path)) ? { ...spec, servers: UNKNOWN } : spec };
}

function sharedFaults(plan: WorkloadPlan, entry: SharedTlsData, path: string): Fault[] {
    const { https, http } = portsOf(plan);
    const hosts = hostsFaults(`${path}.hosts`, entry.hosts);
    const port = https ? [] : [fault("GH0203", path, "the gateway has no port that speaks HTTPS.", "Leave `https` among its ports.")];
    const plain =
        entry.http === undefined || ["redirect", "serve", "off"].includes(entry.http)
            ? []
            : [fault("GH0210", `${path}.http`, `${JSON.stringify(entry.http)} is not one of redirect, serve and off.`)];
    const wanted =
        (entry.http === "serve" || entry.http === "redirect") && !http
            ? [fault("GH0203", `${path}.http`, "the gateway has no port that speaks HTTP.")]
            : [];
    return [...hosts, ...port, ...plain, ...wanted, ...tlsFaults(path, entry, entry.hosts)];
}

function sharedClaims(owner: Owner, plan: WorkloadPlan, tls: readonly SharedTlsData[]): Fault[] {
    const { https } = portsOf(plan);
    const ref = refOf(plan) as AnyRef;
    return takeClaims(
        owner,
        tls.flatMap((entry, index) =>
            https
                ? entry.hosts.map((host, at) => hostClaim(ref, https, tlsHosts([host])[0] ?? host, `${PATH_OF_TLS}[${index}].hosts[${at}]`))
                : [],
        ),
    );
}

/** The Istio Gateway of the shared hosts carries the gateway's name, and what its certificates come to a name for each entry. */
function objectNames(plan: WorkloadPlan, tls: readonly SharedTlsData[]): ObjectName[] {
    const {
        name,
        args: { namespace, metadata },
    } = plan;
    return [
        ...workloadNames(plan),
        ...(tls.length > 0 ? [{ kind: "Gateway", namespace, name, path: namePath(metadata) }] : []),
        ...tls.flatMap((entry, index) => certificateNames(entry, namespace, sharedName(name, entry), `tls[${index}]`)),
    ];
}

/** Behind it comes what the object is, and for a Secret eight digits. */
const ROOM_FOR_SUFFIX = { ...OBJECT_NAME, max: OBJECT_NAME.max - "-client-ca-00000000".length };

/** What the objects and the children made for a shared entry are called. */
export function sharedName(name: string, entry: { readonly name?: string; readonly hosts: readonly unknown[] }): string {
    return derivedName(`${name}-${sharedKey(entry)}`, ROOM_FOR_SUFFIX);
}

/** `pems` is what is wrong with the PEMs, which are not among `args`. */
export function ingressFaults(owner: Owner, name: string, args: IngressGatewayData, pems: readonly Fault[] = []): Fault[] {
    const own = workloadFaults("ingress", name, args);
    // With ports that are wrong the defaults stand in, so that the rest can be looked at.
    const sound = !own.some(({ path }) => path.startsWith("ports"));
    const plan = planWorkload("ingress", name, sound ? args : { ...args, ports: {} });
    const tls = args.tls ?? [];
    const keys = tls.map(sharedKey);
    const twice = keys.flatMap((key, index) =>
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
    const faults = [...own, ...twice, ...tls.flatMap((entry, index) => sharedFaults(plan, entry, `tls[${index}]`)), ...pems];
    if (faults.length > 0) return faults;
    const taken = takeNames(owner, objectNames(plan, tls));
    if (taken.length > 0 || tls.length === 0) return taken;
    const made = buildSharedGateway(
        name,
        args,
        tls.map(() => ({ credentialName: UNKNOWN })),
    );
    const object = { apiVersion: "networking.istio.io/v1", kind: "Gateway", ...made } as GatewayObject;
    return [...objectFaults([{ object, argumentOf: () => undefined }]), ...sharedClaims(owner, plan, tls)];
}

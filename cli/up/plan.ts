/** From objects to everything a local run needs to know before it starts a process. Pure but for the choice of ports. */
import { finding, refOf, type Finding, type KubeObject } from "../../istio";
import { trustBundle } from "./certificates";
import { endpointObjects } from "./endpoints";
import { relocateEntries } from "./external-entries";
import { gatewayEndpoints } from "./gateway-endpoints";
import { declaredPorts, gatewaySelects, isGateway, portsWithoutService, relocateGatewayServices, type PortOf } from "./gateway-services";
import { ContentIndex, podInputs, type MountedFile } from "./pod-inputs";
import { relocatePolicyPorts } from "./policy-ports";
import type { LocalPorts } from "./ports";
import { findWorkloads, type NotRun, type SampleWorkload, type LocalWorkload } from "./workloads";

export interface PlannedGateway {
    readonly workload: LocalWorkload;
    readonly files: readonly MountedFile[];
}
export interface PlannedSample {
    readonly workload: SampleWorkload;
    readonly files: readonly MountedFile[];
    readonly environment: Readonly<Record<string, string>>;
    readonly port: number;
    /** Under these it has something to show. */
    readonly paths: readonly string[];
    /** Methods of gRPC that answer an empty message. */
    readonly calls: readonly string[];
}
/** The proxy beside an application: what it sends out goes by it. */
export interface PlannedOutbound {
    readonly workload: LocalWorkload;
    /** Where the application finds it as its HTTP proxy. */
    readonly port: number;
}
export interface RunPlan {
    readonly gateways: readonly PlannedGateway[];
    readonly outbounds: readonly PlannedOutbound[];
    readonly samples: readonly PlannedSample[];
    readonly notRun: readonly NotRun[];
    /** What the proxies read. */
    readonly objects: readonly KubeObject[];
    /** What the program makes, but for what has an error of its own. */
    readonly sound: readonly KubeObject[];
    readonly portOf: PortOf;
    /** PEM bundle for clients; empty where there are no certificates. */
    readonly ca: string;
    readonly findings: readonly Finding[];
}

export interface PlanInput {
    /** Everything the stacks make. */
    readonly objects: readonly KubeObject[];
    /** Those without an error of their own: the others are laid out, and not relied on. */
    readonly sound: readonly KubeObject[];
    readonly authorities: readonly string[];
    readonly samples: Readonly<Record<string, { readonly paths?: readonly string[]; readonly calls?: readonly string[] }>>;
}

/** Of the proxy beside an application, as its HTTP_PROXY names it. */
const HTTP_PROXY_PORT = 15080;

/** A declared port of 0 stands for the port that a sample of this workload gets. */
const SAMPLE_PORT = 0;

async function planPorts(
    objects: readonly KubeObject[],
    gateways: readonly LocalWorkload[],
    samples: readonly SampleWorkload[],
    ports: LocalPorts,
): Promise<PortOf> {
    const known = new Map<string, number>();
    for (const gateway of gateways) {
        for (const declared of declaredPorts(objects, gateway))
            known.set(`${gateway.key} ${declared}`, await ports.portFor({ gateway: gateway.key, declared }));
    }
    for (const { key } of samples) known.set(`${key} ${SAMPLE_PORT}`, await ports.samplePort(key));
    return (workload, declared) => known.get(`${workload.key} ${declared}`) ?? 0;
}

function gatewayFindings(objects: readonly KubeObject[], gateways: readonly LocalWorkload[]): Finding[] {
    if (gateways.length === 0) {
        return [
            finding(
                "GH0506",
                {},
                "nothing to serve: no workload has the pod annotation gatehouse.dev/run: proxy.",
                "Name the stack that makes the gateway too, as in: gatehouse up platform apps.",
            ),
        ];
    }
    const unserved = objects
        .filter(isGateway)
        .filter((gateway) => !gateways.some((workload) => gatewaySelects(gateway, workload)))
        .map((gateway) =>
            finding(
                "GH0508",
                { object: refOf(gateway), field: "spec.selector" },
                `it selects ${JSON.stringify(gateway.spec.selector)}, and no gateway that runs here has these labels.`,
                "Correct the selector, or name the stack that makes the gateway too.",
            ),
        );
    const unexposed = gateways.flatMap((workload) =>
        portsWithoutService(objects, workload).map((port) =>
            finding(
                "GH0503",
                { object: workload.ref },
                `${isOfGateway(objects, workload, port) ? "a Gateway opens" : "Ingresses open"} port ${port} on it, which none of its Services has: in a cluster nobody reaches it.`,
                "Add the port to the gateway's ports.",
            ),
        ),
    );
    return [...unserved, ...unexposed];
}

function isOfGateway(objects: readonly KubeObject[], workload: LocalWorkload, port: number): boolean {
    return objects
        .filter(isGateway)
        .some((one) => gatewaySelects(one, workload) && one.spec.servers.some((server) => server.port.number === port));
}

/** Plans the run; `ports` remembers what it gave to an earlier plan of the same run. */
export async function planRun(input: PlanInput, ports: LocalPorts): Promise<RunPlan> {
    const { objects, sound } = input;
    const workloads = findWorkloads(sound, Object.keys(input.samples));
    const portOf = await planPorts(sound, workloads.gateways, workloads.samples, ports);
    const index = new ContentIndex(sound);
    const gateways = workloads.gateways.map((workload) => ({ workload, ...podInputs(workload, index) }));
    const outbounds: PlannedOutbound[] = [];
    for (const workload of workloads.outbounds)
        outbounds.push({ workload, port: await ports.portFor({ gateway: workload.key, declared: HTTP_PROXY_PORT }) });
    const samples = workloads.samples.map((workload) => ({
        workload,
        ...podInputs(workload, index),
        port: portOf(workload, SAMPLE_PORT),
        paths: input.samples[workload.sample]?.paths ?? [],
        calls: input.samples[workload.sample]?.calls ?? [],
    }));
    const soundSet = new Set(sound);
    const unsound = objects.filter((object) => !soundSet.has(object));
    const ahead = outbounds.length === 0 ? [] : gatewayEndpoints(sound, workloads.gateways, portOf);
    return {
        gateways,
        outbounds,
        portOf,
        sound,
        samples,
        notRun: workloads.notRun,
        objects: [
            ...relocateEntries(
                relocatePolicyPorts(relocateGatewayServices(sound, workloads.gateways, portOf), sound, workloads.gateways, portOf),
                samples,
            ),
            ...endpointObjects(sound, samples),
            ...ahead,
            ...unsound,
        ],
        ca: trustBundle(
            sound,
            input.authorities,
            [...gateways, ...samples].flatMap(({ files }) => files),
        ),
        findings: [
            ...workloads.findings,
            ...gatewayFindings(sound, workloads.gateways),
            ...[...gateways, ...samples].flatMap(({ findings }) => findings),
        ],
    };
}

/** IST0116, IST0118, IST0137 and IST0150: the ports of Services, by themselves and of those that share pods. */
import { protocolOfServicePort } from "../../ports";
import { inMesh, isControlPlane } from "../in-mesh";
import { nameText, serviceSelects } from "../../semantics";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind, IndexedObject } from "../indexed-object";
import { goList, goQuoted, type AnalysisReport } from "../report";
import { addTo } from "../../lists-by-key";
import { shownText } from "../../shown";

type Service = IndexedKind<"Service">;

/** Ports on which Istio assumes plain TCP where nothing is said. */
const WELL_KNOWN: ReadonlySet<number> = new Set([25, 53, 3306, 27017]);
const MANAGED = "gateway.istio.io/managed";
const MANAGERS: readonly (string | undefined)[] = [
    "istio.io-gateway-controller",
    "istio.io-mesh-controller",
    "istio.io-eastwest-controller",
];

/** Kubernetes' own namespaces. */
const SYSTEM: ReadonlySet<string> = new Set(["kube-system", "kube-public", "kube-node-lease", "local-path-storage"]);

function isSystems({ labels, ref }: IndexedObject): boolean {
    return SYSTEM.has(ref.namespace) || isControlPlane(labels) || MANAGERS.includes(labels[MANAGED]);
}

export function portNames(index: ObjectIndex, report: AnalysisReport): void {
    for (const service of index.of("Service").filter((one) => !isSystems(one))) {
        const external = service.usable.spec?.type === "ExternalName";
        (service.usable.spec?.ports ?? []).forEach((port, at) => {
            if (!port || (saysProtocol(port) && !(external && port.name === "tcp"))) {
                return;
            }
            const field = `spec.ports[${at}]`;
            if (external) {
                report.istio("IST0150", service, field, []);
            } else {
                report.istio(
                    "IST0118",
                    service,
                    field,
                    [port.name ?? "", port.port ?? 0, port.targetPort ?? port.port ?? 0],
                    protocolFix(port.appProtocol),
                );
            }
        });
    }
}

/** Where there is an `appProtocol`, the name says nothing, whatever it is. */
function protocolFix(appProtocol: string | undefined): string {
    if (appProtocol === undefined) return "Name it `http-…`, `tcp-…` or another protocol, or set `appProtocol`.";
    const known = /h2c?$/i.test(appProtocol) ? "`kubernetes.io/h2c`" : "a word that it knows, as `http`, `grpc` or `kubernetes.io/h2c`";
    return `Istio knows no \`appProtocol\` of ${shownText(appProtocol)}, and reads no name beside one: write ${known}, or leave it out.`;
}

function saysProtocol(port: {
    readonly name?: string;
    readonly port?: number;
    readonly protocol?: string;
    readonly appProtocol?: string;
}): boolean {
    return protocolOfServicePort(port) !== undefined || WELL_KNOWN.has(port.port ?? 0);
}

/** Services of one Deployment must agree, for its sidecar listens once a port. */
export function sharedPods(index: ObjectIndex, report: AnalysisReport): void {
    const services = new Map<string, Service[]>();
    for (const service of index.of("Service")) {
        addTo(services, service.ref.namespace, service);
    }
    for (const pod of index.pods.all) {
        const { owner } = pod;
        if (owner.ref.kind !== "Deployment" || owner.labels[MANAGED] === "istio.io-mesh-controller" || !inMesh(pod, index)) {
            continue;
        }
        const own = (services.get(pod.namespace) ?? []).filter(({ usable }) => serviceSelects(usable.spec?.selector, pod.labels));
        sharedPorts(owner, own, report);
        sharedTargets(owner, own, report);
    }
}

function sharedPorts(deployment: IndexedObject, services: readonly Service[], report: AnalysisReport): void {
    const ports = new Map<number, Map<string, string[]>>();
    for (const service of services) {
        for (const port of service.usable.spec?.ports ?? []) {
            const byProtocol = ports.get(port?.port ?? 0) ?? new Map<string, string[]>();
            const protocol = port?.protocol ?? "TCP";
            addTo(byProtocol, protocol, nameText(service.ref));
            ports.set(port?.port ?? 0, byProtocol);
        }
    }
    for (const [port, byProtocol] of ports) {
        if (byProtocol.size > 1) {
            report.istio("IST0116", deployment, "metadata.name", [
                deployment.ref.name,
                port,
                goList([...byProtocol.values()].flat().sort()),
            ]);
        }
    }
}

function sharedTargets(deployment: IndexedObject, services: readonly Service[], report: AnalysisReport): void {
    const targets = new Map<string, Map<number, string>>();
    for (const service of services) {
        for (const port of service.usable.spec?.ports ?? []) {
            const target = String(port?.targetPort ?? port?.port ?? 0);
            targets.set(target, new Map([...(targets.get(target) ?? []), [port?.port ?? 0, nameText(service.ref)]]));
        }
    }
    for (const [target, byPort] of targets) {
        if (byPort.size > 1) {
            const ports = [...byPort.keys()].sort((a, b) => a - b);
            report.istio("IST0137", deployment, "metadata.name", [
                deployment.ref.name,
                goList([...byPort.values()].sort()),
                goQuoted(target),
                goList(ports),
            ]);
        }
    }
}

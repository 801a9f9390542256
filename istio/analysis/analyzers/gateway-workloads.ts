/** IST0101, IST0161 and IST0162: the pods that a Gateway selects, their Services' ports and the Secrets beside them. */
import { referredName, selects, selectorText, type Labels } from "../../semantics";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind } from "../indexed-object";
import type { IndexedPod } from "../pods";
import { goQuoted, type AnalysisReport } from "../report";
import { isCredential } from "../secrets";
import type { AnalysisContext } from "../context";
import { addTo } from "../../lists-by-key";

interface Workload {
    readonly pods: readonly IndexedPod[];
    /** TCP ports of the Services that select one of the pods, and the ports of the pods that they lead to. */
    readonly ports: ReadonlySet<number>;
}

export function gatewayWorkloads(index: ObjectIndex, report: AnalysisReport, { now }: AnalysisContext): void {
    const workloadOf = workloads(index);
    for (const gateway of index.of("Gateway")) {
        const selector = gateway.usable.spec?.selector ?? {};
        const workload = workloadOf(selector);
        const [first] = workload.pods;
        if (!first) {
            report.istio(
                "IST0101",
                gateway,
                "spec.selector",
                ["selector", goQuoted(selectorText(selector))],
                "No pod and no pod template has these labels.",
            );
            continue;
        }
        checkPorts(gateway, workload, selector, report);
        checkCredentials(gateway, first.namespace, index, now, report);
    }
}

/** Most Gateways share a selector: what it leads to is looked up once. */
function workloads(index: ObjectIndex): (selector: Labels) => Workload {
    const known = new Map<string, Workload>();
    const services = new Map<string, IndexedKind<"Service">[]>();
    for (const service of index.of("Service")) {
        addTo(services, service.ref.namespace, service);
    }
    const portsOfPod = new Map<IndexedPod, readonly number[]>();
    const portsOf = (pod: IndexedPod): readonly number[] => {
        const found =
            portsOfPod.get(pod) ??
            (services.get(pod.namespace) ?? [])
                .filter(({ usable }) => selects(usable.spec?.selector ?? {}, pod.labels))
                .flatMap(({ usable }) =>
                    (usable.spec?.ports ?? []).flatMap((port) =>
                        port?.port !== undefined && (port.protocol ?? "TCP") === "TCP"
                            ? [port.port, ...(typeof port.targetPort === "number" ? [port.targetPort] : [])]
                            : [],
                    ),
                );
        portsOfPod.set(pod, found);
        return found;
    };
    return (selector) => {
        const text = selectorText(selector);
        const found = known.get(text);
        if (found) {
            return found;
        }
        const pods = index.pods.selected(selector);
        const workload = { pods, ports: new Set(distinctLabels(pods).flatMap(portsOf)) };
        known.set(text, workload);
        return workload;
    };
}

/** One pod of each namespace and set of labels. */
function distinctLabels(pods: readonly IndexedPod[]): IndexedPod[] {
    return [...new Map(pods.map((pod) => [`${pod.namespace} ${selectorText(pod.labels)}`, pod])).values()];
}

function checkPorts(gateway: IndexedKind<"Gateway">, workload: Workload, selector: Labels, report: AnalysisReport): void {
    (gateway.usable.spec?.servers ?? []).forEach((server, at) => {
        const number = server?.port?.number;
        if (number !== undefined && !workload.ports.has(number)) {
            const ports = [...workload.ports].sort((a, b) => a - b);
            const fix =
                ports.length > 0 ? `The Services of these pods have ${ports.slice(0, 20).join(", ")}.` : "No Service selects these pods.";
            report.istio("IST0162", gateway, `spec.servers[${at}].port.number`, [number, selectorText(selector)], fix);
        }
    });
}

function checkCredentials(
    gateway: IndexedKind<"Gateway">,
    namespace: string,
    index: ObjectIndex,
    now: number,
    report: AnalysisReport,
): void {
    (gateway.usable.spec?.servers ?? []).forEach((server, at) => {
        const credential = server?.tls?.credentialName ?? "";
        if (credential === "") {
            return;
        }
        const field = `spec.servers[${at}].tls.credentialName`;
        const name = referredName(credential, namespace);
        const secret = index.find("Secret", name.namespace, name.name);
        if (!secret) {
            report.istio("IST0101", gateway, field, ["credentialName", goQuoted(credential)], secretElsewhere(name.name, namespace, index));
        } else if (!isCredential(secret, now)) {
            report.istio(
                "IST0161",
                gateway,
                field,
                [gateway.ref.name, namespace],
                `Look at the Secret ${name.namespace}/${name.name}: it needs \`tls.crt\` and \`tls.key\`, and a certificate in its time.`,
            );
        }
    });
}

function secretElsewhere(name: string, namespace: string, index: ObjectIndex): string {
    const found = index.of("Secret").find(({ ref }) => ref.name === name);
    return found
        ? `The Secret is in namespace ${found.ref.namespace}; it is looked up in ${namespace}, where the gateway's pods are.`
        : `It is looked up in namespace ${namespace}, where the gateway's pods are.`;
}

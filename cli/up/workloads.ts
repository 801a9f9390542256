/**
 * Which of a stack's workloads run locally: those whose pods carry the annotation `gatehouse.dev/run`, with `proxy` or
 * the name of a sample. Never by image: an image says what runs in a cluster, the annotation what stands in for it here.
 */
import { finding, refOf, type Finding, type KubeObject, type ObjectRef } from "../../istio";
import { localNames, type WantedName } from "./local-names";
import { podTemplateOf, type PodSpec, type PodTemplate } from "./shapes";

export const RUN_ANNOTATION = "gatehouse.dev/run";
const PROXY = "proxy";

export interface LocalWorkload {
    readonly ref: ObjectRef;
    /** `namespace/name`: what it is called in tables and folders. Of several kinds with one name each has its own. */
    readonly key: string;
    /** Of the pod that stands for it here. */
    readonly podName: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly pod: PodSpec;
}
export interface SampleWorkload extends LocalWorkload {
    readonly sample: string;
}
export interface NotRun {
    readonly ref: ObjectRef;
    readonly reason: string;
}

export interface Workloads {
    readonly gateways: readonly LocalWorkload[];
    /** The proxies that a mesh would put beside applications that run here. */
    readonly outbounds: readonly LocalWorkload[];
    readonly samples: readonly SampleWorkload[];
    readonly notRun: readonly NotRun[];
    readonly findings: readonly Finding[];
}

function unknownSample(ref: ObjectRef, value: string, known: readonly string[]): Finding {
    return finding(
        "GH0501",
        { object: ref, field: `spec.template.metadata.annotations["${RUN_ANNOTATION}"]` },
        `it is ${JSON.stringify(value)}; wanted ${PROXY} or one of the samples ${known.join(", ")}.`,
        "Take one of them, or leave the annotation out: the workload is then listed as not run.",
    );
}

function asWorkload({ ref, name, podName }: Named, template: PodTemplate): LocalWorkload {
    const { labels = {}, annotations = {} } = template.metadata ?? {};
    return { ref, key: `${ref.namespace}/${name}`, podName, labels, annotations, pod: template.spec ?? {} };
}

interface Named {
    readonly ref: ObjectRef;
    readonly name: string;
    readonly podName: string;
}

function namedTemplates(objects: readonly KubeObject[]): { readonly template: PodTemplate; readonly named: Named }[] {
    const found = objects.flatMap((object) => {
        const template = podTemplateOf(object);
        return template ? [{ template, ref: refOf(object) }] : [];
    });
    const wanted = (end: string): WantedName[] =>
        found.map(({ ref: { kind, namespace, name } }) => ({ namespace, of: `${kind} ${name}`, plain: `${name}${end}` }));
    const names = localNames("", wanted(""), []);
    const podNames = localNames("Pod", wanted("-local"), objects);
    return found.map(({ template, ref }, index) => ({
        template,
        named: { ref, name: names[index] ?? "", podName: podNames[index] ?? "" },
    }));
}

/** Pods into which Istio puts its proxy. */
const INJECT_LABEL = "sidecar.istio.io/inject";

/** No object's name has a blank. */
const outboundOf = (workload: LocalWorkload): LocalWorkload => ({ ...workload, key: `${workload.key} outbound` });

/** Sorts the objects' workloads by what is to be done with them, in the order of the program. */
export function findWorkloads(objects: readonly KubeObject[], sampleNames: readonly string[]): Workloads {
    const gateways: LocalWorkload[] = [];
    const samples: SampleWorkload[] = [];
    const notRun: NotRun[] = [];
    const findings: Finding[] = [];
    for (const { template, named } of namedTemplates(objects)) {
        const { ref } = named;
        const run = template.metadata?.annotations?.[RUN_ANNOTATION];
        if (run === PROXY) gateways.push(asWorkload(named, template));
        else if (run !== undefined && sampleNames.includes(run)) samples.push({ ...asWorkload(named, template), sample: run });
        else if (run === undefined) notRun.push({ ref, reason: `its pods have no annotation ${RUN_ANNOTATION}` });
        else {
            notRun.push({ ref, reason: `there is no sample ${JSON.stringify(run)}` });
            findings.push(unknownSample(ref, run, sampleNames));
        }
    }
    const outbounds = samples.filter(({ labels }) => labels[INJECT_LABEL] === "true").map(outboundOf);
    return { gateways, outbounds, samples, notRun, findings };
}
